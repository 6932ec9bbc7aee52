import FSCache
import Foundation
import Testing

@testable import FSCache

@Suite("International hosts")
struct InternationalHostTests {
    /// The samples of RFC 3492 §7.1, without case annotations.
    static let samples: [(name: String, decoded: String, encoded: String)] = [
        ("(A) Arabic", "ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
        ("(B) Chinese, simplified", "他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("(C) Chinese, traditional", "他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"),
        ("(D) Czech", "Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
        ("(E) Hebrew", "למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
        ("(F) Hindi", "यहलोगहिन्दीक्योंनहींबोलसकतेहैं", "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd"),
        ("(G) Japanese", "なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"),
        (
            "(H) Korean", "세계의모든사람들이한국어를이해한다면얼마나좋을까",
            "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c"
        ),
        ("(I) Russian", "почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ("(J) Spanish", "PorquénopuedensimplementehablarenEspañol", "PorqunopuedensimplementehablarenEspaol-fmd56a"),
        ("(K) Vietnamese", "TạisaohọkhôngthểchỉnóitiếngViệt", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g"),
        ("(L)", "3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"),
        ("(M)", "安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"),
        ("(N)", "Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b"),
        ("(O)", "ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"),
        ("(P)", "MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e"),
        ("(Q)", "パフィーdeルンバ", "de-jg4avhby1noc0d"),
        ("(R)", "そのスピードで", "d9juau41awczczp"),
        ("(S)", "-> $1.00 <-", "-> $1.00 <--"),
    ]

    @Test("Punycode encodes the samples of RFC 3492 §7.1", arguments: samples)
    func punycodeOfTheSamples(_ name: String, _ decoded: String, _ encoded: String) throws {
        let octets = try #require(Punycode.encode(Array(decoded.unicodeScalars)))
        #expect(String(decoding: octets, as: UTF8.self) == encoded)
    }

    @Test(
        "An international host is mapped by UTS #46",
        arguments: [
            ("BÜCHER.Example", "xn--bcher-kva.example"), ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("ＧＯ.com", "go.com"), ("a。b．c｡d", "a.b.c.d"), ("faß.de", "xn--fa-hia.de"), ("FAẞ.de", "xn--fa-hia.de"),
            ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com"), ("βόλος.com", "xn--nxasmm1c.com"), ("☃.net", "xn--n3h.net"),
            ("ab\u{AD}c\u{FE0F}.de", "abc.de"), ("i\u{2764}\u{FE0F}.ws", "xn--i-7iq.ws"),
            ("日本語。ＪＰ", "xn--wgv71a119e.jp"),
            ("。ü。.", ".xn--tda.."), ("İ.com", "xn--i-9bb.com"), ("㎏.com", "kg.com"), ("Ⅷ.com", "viii.com"),
        ]
    )
    func hostsAreMapped(_ host: String, _ expected: String) throws {
        #expect(try TargetURL("http://\(host)/").authority == expected)
    }

    @Test("A label over 63 octets is rejected (RFC 1035 §2.3.4)")
    func longLabelsAreRefused() throws {
        let longest = "ü" + String(repeating: "a", count: 63 - "xn---tea".utf8.count)
        #expect(try TargetURL("http://\(longest).de/").authority.utf8.count == 63 + 3)
        #expect(throws: FSCacheError.self) { try TargetURL("http://a\(longest).de/") }
        #expect(throws: FSCacheError.self) { try TargetURL("http://\(Self.samples[7].decoded).de/") }
    }

    #if os(Linux)
    @Test(
        "Foundation's full UTS #46 mapping agrees",
        arguments: samples.filter { $0.encoded.utf8.count < 60 && !$0.encoded.contains(" ") }.map(\.decoded)
    )
    func foundationAgrees(_ label: String) throws {
        let url = "http://\(label.filter { $0 != "؟" }).example/"
        let foundation = try #require(URLComponents(string: url)?.encodedHost)
        #expect(try TargetURL(url).authority == foundation)
    }
    #endif
}
