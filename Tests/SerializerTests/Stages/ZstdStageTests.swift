#if Compression
import Foundation
import Serializers
import TestSupport
import Testing

@Suite
struct ZstdStageTests {
    @Test("Frames carry their size and a checksum")
    func frameHeader() throws {
        // RFC 8878 §3.1.1.1.1: bit 5 says single segment, so the size is there; bit 2 says checksum.
        let file = try ZstdStage().apply(to: Data("content".utf8))
        #expect(file.prefix(6).hex == "28b52ffd2407")
    }

    @Test("Skippable frames are skipped")
    func skippable() throws {
        let skippable = Data(hex: "502a4d1803000000") + Data("abc".utf8)
        let file = try ZstdStage().apply(to: SampleData.text)
        #expect(try ZstdStage().undo(on: skippable + file + skippable + file) == SampleData.text + SampleData.text)
        #expect(try ZstdStage().undo(on: skippable).isEmpty)
        expect(throws: .malformed) { try ZstdStage().undo(on: file + skippable.dropLast()) }
    }

    @Test("A frame that claims up to 2⁶⁴ - 1 bytes gets no memory for them")
    func lyingSize() throws {
        // Magic number, single segment with a size of 8 bytes, the size, one raw block of 1 byte that is the last.
        for size in ["0000008000000000", "ffffffffffffff7f", "feffffffffffffff", "ffffffffffffffff"] {
            let frame = Data(hex: "28b52ffde0" + size + "090000" + "61")
            #expect(throws: SerializationError.self) { try ZstdStage().undo(on: frame) }
        }
    }

    @Test("A frame that needs a window of more than 128 MiB is refused")
    func window() throws {
        // Window descriptor: exponent in the upper five bits, 2^(10 + exponent) bytes (RFC 8878 §3.1.1.1.2).
        let frame = { (exponent: UInt8) in Data(hex: "28b52ffd00") + [exponent << 3] + Data(hex: "090000" + "61") }
        #expect(try ZstdStage().undo(on: frame(17)) == Data("a".utf8))
        expect(throws: .limitExceeded) { try ZstdStage().undo(on: frame(18)) }
        expect(throws: .limitExceeded) { try ZstdStage().undo(on: frame(21)) }
    }

    @Test("Frames without a size, as pipes write them, are read")
    func withoutSize() async throws {
        let script = """
            import subprocess, sys
            cat = subprocess.Popen(['cat'], stdin=sys.stdin, stdout=subprocess.PIPE)
            sys.stdout.buffer.write(subprocess.run(['zstd', '-c'], stdin=cat.stdout, capture_output=True).stdout)
            """
        for content in SampleData.all {
            #expect(try await ZstdStage().undo(on: Python.run(script, input: content)) == content)
        }
    }

    @Test("Data that was compressed with a dictionary is refused")
    func dictionary() {
        // Frame header descriptor with a dictionary identifier of one byte, 7.
        let frame = Data(hex: "28b52ffd21" + "07" + "01" + "090000" + "61")
        expect(throws: .malformed) { try ZstdStage().undo(on: frame) }
    }
}
#endif
