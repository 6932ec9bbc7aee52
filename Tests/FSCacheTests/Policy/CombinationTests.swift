import Foundation
import HTTPTypes
import Testing

@testable import FSCache

extension PartialContentTests {
    struct CombinationRow: Sendable, CustomTestStringConvertible {
        var what: String
        var stored: StoredResponse?
        var new: StoredResponse
        var combination: Combination
        var testDescription: String { what }

        init(_ what: String, _ stored: StoredResponse?, _ new: StoredResponse, _ combination: Combination) {
            self.what = what
            self.stored = stored
            self.new = new
            self.combination = combination
        }
    }

    private static func join(
        _ octets: Range<Int>,
        of length: Int? = 10,
        before: Range<Int> = 0..<0,
        after: Range<Int>
    ) -> Combination {
        .join(ContentRange(octets: octets, completeLength: length), before: before, after: after)
    }

    private static let weak = [("ETag", "W/\"1\"")]
    private static let other = [("ETag", "\"2\"")]
    private static func gzip(_ pairs: [(String, String)]) -> [(String, String)] {
        pairs + [("Content-Encoding", "gzip")]
    }

    static let joined: [CombinationRow] = [
        CombinationRow(
            "§3.4: the part that follows",
            part("bytes 0-4/10", "01234"),
            part("bytes 5-7/10", "567"),
            join(0..<8, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§3.4: the part that comes before",
            part("bytes 5-7/10", "567"),
            part("bytes 2-4/10", "234"),
            join(2..<8, after: 0..<3)
        ),
        CombinationRow(
            "§3.4: one that overlaps the end",
            part("bytes 2-5/10", "2345"),
            part("bytes 4-9/10", "456789"),
            join(2..<10, before: 0..<2, after: 4..<4)
        ),
        CombinationRow(
            "§3.4: one that overlaps the beginning",
            part("bytes 4-9/10", "456789"),
            part("bytes 0-5/10", "012345"),
            join(0..<10, after: 2..<6)
        ),
        CombinationRow(
            "§3.4: one within",
            part("bytes 2-7/10", "234567"),
            part("bytes 4-5/10", "45"),
            join(2..<8, before: 0..<2, after: 4..<6)
        ),
        CombinationRow(
            "§3.4: one around it",
            part("bytes 4-5/10", "45"),
            part("bytes 2-7/10", "234567"),
            join(2..<8, after: 2..<2)
        ),
        CombinationRow(
            "§3.4: the new part has the complete length",
            part("bytes 0-4/*", "01234"),
            part("bytes 5-9/10", "56789"),
            join(0..<10, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§3.4: the stored part has the complete length",
            part("bytes 0-4/10", "01234"),
            part("bytes 5-9/*", "56789"),
            join(0..<10, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§3.4: neither has it",
            part("bytes 0-4/*", "01234"),
            part("bytes 5-9/*", "56789"),
            join(0..<10, of: nil, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§3.4: a part of the stored complete response",
            whole("0123456789"),
            part("bytes 4-5/10", "45"),
            join(0..<10, before: 0..<4, after: 6..<10)
        ),
        CombinationRow(
            "§3.4: a stale part with the same validator",
            part("bytes 0-4/10", "01234", age: 3600),
            part("bytes 5-7/10", "567"),
            join(0..<8, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§15.3.7.3: the same date, which is strong",
            part("bytes 0-4/10", [modified(-9), date], "01234"),
            part("bytes 5-7/10", [modified(-9), date], "567"),
            join(0..<8, before: 0..<5, after: 5..<5)
        ),
        CombinationRow(
            "§15.3.7: an answer to If-Range may omit the coding",
            part("bytes 0-4/10", gzip([tag]), "01234"),
            part("bytes 5-7/10", "567"),
            join(0..<8, before: 0..<5, after: 5..<5)
        ),
    ]

    static let apart: [CombinationRow] = [
        CombinationRow("§3.3: nothing is stored", nil, part("bytes 0-4/10", "01234"), .replace),
        CombinationRow(
            "§3.4: another tag",
            part("bytes 0-4/10", "01234"),
            part("bytes 5-7/10", other, "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: weak tags",
            part("bytes 0-4/10", weak, "01234"),
            part("bytes 5-7/10", weak, "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: no validators",
            part("bytes 0-4/10", [], "01234"),
            part("bytes 5-7/10", [], "567"),
            .replace
        ),
        CombinationRow(
            "§8.8.2.2: the same date, which is weak",
            part("bytes 0-4/10", [modified(0), date], "01234"),
            part("bytes 5-7/10", [modified(0), date], "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: a date, and a tag",
            part("bytes 0-4/10", [modified(-9), date], "01234"),
            part("bytes 5-7/10", [modified(-9), date, tag], "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: the same tag, and another length",
            part("bytes 0-4/10", "01234"),
            part("bytes 5-7/11", "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: the same tag, and octets beyond the end",
            part("bytes 0-4/*", "01234"),
            part("bytes 0-2/3", "012"),
            .replace
        ),
        CombinationRow(
            "§8.8.3: the same tag for another coding",
            part("bytes 0-4/10", "01234"),
            part("bytes 5-7/10", gzip([tag]), "567"),
            .replace
        ),
        CombinationRow(
            "§3.4: octets are missing between them, and more is stored",
            part("bytes 0-4/10", "01234"),
            part("bytes 6-7/10", "67"),
            .keep
        ),
        CombinationRow(
            "§3.4: octets are missing between them, and no more is stored",
            part("bytes 0-1/10", "01"),
            part("bytes 6-7/10", "67"),
            .replace
        ),
        CombinationRow(
            "§3.4: octets are missing between them, and the stored part is stale",
            part("bytes 0-4/10", "01234", age: 61),
            part("bytes 6-7/10", "67"),
            .replace
        ),
        CombinationRow(
            "§3.4: a complete response that is fresh, without a strong validator",
            whole(weak, "0123456789"),
            part("bytes 6-7/10", weak, "67"),
            .keep
        ),
        CombinationRow(
            "§3.4: a stale complete response",
            whole(weak, "0123456789", age: 61),
            part("bytes 6-7/10", weak, "67"),
            .replace
        ),
        CombinationRow(
            "§3.4: a fresh complete response, but the origin's has changed",
            whole("0123456789"),
            part("bytes 6-7/10", other, "67"),
            .replace
        ),
        CombinationRow(
            "§3.4: a complete response with another length",
            whole(weak, "0123456789"),
            part("bytes 6-7/12", weak, "67"),
            .replace
        ),
        CombinationRow(
            "§3.4: a response of another status",
            RFC9111Case.stored([.cacheControl: "max-age=60"], status: 404, settings: settings),
            part("bytes 6-7/10", "67"),
            .replace
        ),
    ]

    @Test("RFC 9111 §3.4: joining a new part with the stored one", arguments: joined + apart)
    func combines(row: CombinationRow) {
        let policy = CachePolicy(Self.settings)
        #expect(policy.combination(of: row.stored, with: row.new, now: RFC9111Case.now) == row.combination)
    }

    @Test("§3.4: an edited part is not joined with the origin's")
    func leavesEdits() {
        var stored = Self.part("bytes 0-4/10", "01234")
        stored.isEdited = true
        let new = Self.part("bytes 5-7/10", "567")
        #expect(CachePolicy(Self.settings).combination(of: stored, with: new, now: RFC9111Case.now) == .replace)
    }

    @Test("Many octets are copied to add as many, or to complete the response, but not to add a few")
    func boundsCopying() {
        var settings = Self.settings
        settings.gatheredByteLimit = 3
        func combination(_ stored: StoredResponse, _ new: StoredResponse) -> Combination {
            CachePolicy(settings).combination(of: stored, with: new, now: RFC9111Case.now)
        }
        let stored = Self.part("bytes 0-3/10", "0123")
        #expect(combination(stored, Self.part("bytes 4-4/10", "4")) == .keep)
        #expect(combination(stored, Self.part("bytes 4-7/10", "4567")) != .keep)
        let nearly = Self.part("bytes 0-8/10", "012345678")
        #expect(combination(nearly, Self.part("bytes 9-9/10", "9")) != .keep)
        #expect(combination(Self.part("bytes 0-2/10", "012"), Self.part("bytes 3-3/10", "3")) != .keep)
    }

    @Test("§3.4, §3.2: fields of the new part replace old ones; a complete response has its own length and no range")
    func updatesFields() throws {
        let policy = CachePolicy(Self.settings)
        let server = ("Server", "old")
        let stored = Self.part(
            "bytes 0-4/10",
            [Self.tag, server, ("Age", "7"), ("Content-Type", "text/plain"), ("Content-Digest", "x")],
            "01234",
            age: 10
        )
        let new = Self.part("bytes 5-9/10", [Self.tag, ("Server", "new"), ("Content-Length", "5")], "56789")
        let whole = policy.combined(stored, with: new, as: ContentRange(octets: 0..<10, completeLength: 10))
        #expect(whole.status == .ok && whole.headerFields[.contentRange] == nil)
        #expect(whole.headerFields[.contentLength] == "10" && whole.headerFields[.server] == "new")
        #expect(whole.headerFields[.contentType] == "text/plain" && whole.headerFields[.age] == nil)
        #expect(whole.headerFields[.contentDigest] == nil)
        #expect(whole.receivedAt == new.receivedAt && whole.createdAt == stored.createdAt)

        let more = policy.combined(stored, with: new, as: ContentRange(octets: 0..<8, completeLength: nil))
        #expect(more.status == .partialContent && more.headerFields[.contentRange] == "bytes 0-7/*")
        #expect(more.headerFields[.contentLength] == "8")
        // An answer to If-Range may omit the type, and a later part may add it.
        let typed = policy.combined(new, with: stored, as: ContentRange(octets: 0..<8, completeLength: nil))
        #expect(typed.headerFields[.contentType] == "text/plain")
    }
}
