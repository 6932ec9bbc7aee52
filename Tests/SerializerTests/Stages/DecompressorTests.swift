#if Compression
import Foundation
import Synchronization
import Testing

@testable import Serializers

@Suite
struct DecompressorTests {
    /// Decompresses anything to endless zeros, and records the largest buffer that it gets.
    struct Endless: Decompressor, ~Copyable {
        static let largestBuffer = Mutex(0)
        var isFinished: Bool { false }

        init(reading input: UnsafeRawBufferPointer) {}

        func fill(_ output: UnsafeMutableRawBufferPointer) -> Int {
            Self.largestBuffer.withLock { $0 = max($0, output.count) }
            return output.count
        }
    }

    @Test("A bomb of 10 KB gets no more memory than 32 times its size")
    func memory() {
        let bomb = Data(count: 10_000)
        expect(throws: .limitExceeded) {
            try Endless.decompress(bomb, expectedSize: .max, sizeLimit: 1 << 30)
        }
        #expect(Endless.largestBuffer.withLock { $0 } == 320_000)
    }
}
#endif
