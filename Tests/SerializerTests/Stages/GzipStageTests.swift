#if Compression
import Foundation
import Serializers
import Testing

@Suite
struct GzipStageTests {
    @Test("The header has no time, file name or operating system")
    func header() throws {
        for level in 2...8 {
            let file = try GzipStage(level: level).apply(to: SampleData.text)
            #expect(file.prefix(10).hex == "1f8b08000000000000ff")
        }
    }

    @Test("Levels outside 0…9 mean the nearest one")
    func levels() {
        #expect([-1, 0, 9, 10].map { GzipStage(level: $0).level } == [0, 0, 9, 9])
    }

    @Test("Headers with a name, a comment, extra fields and a header checksum are read")
    func longHeader() throws {
        // RFC 1952 §2.3: FLG = FEXTRA | FNAME | FCOMMENT, one extra field "Ab" of 2 bytes.
        let plain = try GzipStage().apply(to: SampleData.text)
        let header = Data(hex: "1f8b081c000000000003") + Data(hex: "0600416202000102") + Data("name\0comment\0".utf8)
        #expect(try GzipStage().undo(on: header + plain.dropFirst(10)) == SampleData.text)
    }

    @Test("A wrong size or checksum in the trailer is refused", arguments: 1...8)
    func trailer(offsetFromEnd: Int) throws {
        let file = try GzipStage().apply(to: SampleData.text)
        expect(throws: .malformed) {
            try GzipStage().undo(on: file.flipping(1, at: file.count - offsetFromEnd))
        }
    }

    @Test("zlib and raw deflate data are not read as gzip")
    func otherFormats() throws {
        for hex in ["789c4b040000620062", "4b0400"] {
            expect(throws: .malformed) { try GzipStage().undo(on: Data(hex: hex)) }
        }
    }
}
#endif
