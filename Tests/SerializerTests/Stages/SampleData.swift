import FSCacheTesting
import Foundation
import TestSupport

/// Bytes to put through stages.
enum SampleData {
    /// Text that compresses like a JSON file does.
    static let text = Data(
        (0..<200).map { #"{"id": \#($0), "name": "entry \#($0 * 7 % 31)", "fresh": \#($0 % 3 == 0)},\#n"# }.joined()
            .utf8
    )

    /// Nothing, a few bytes, text, incompressible bytes, and extremely compressible bytes.
    static let all: [Data] = [
        Data(),
        Data([0]),
        Data("ä".utf8),
        text,
        random(count: 70_000, seed: 1),
        Data(count: 500_000),
    ]

    static func random(count: Int, seed: UInt64) -> Data {
        var generator = SeededGenerator(seed: seed)
        return Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}

extension Data {
    /// These bytes as a slice that does not begin at index 0.
    var asSlice: Data { (Data([1, 2, 3]) + self).dropFirst(3) }

    /// These bytes with one of them changed.
    func flipping(_ bits: UInt8, at offset: Int) -> Data {
        var copy = Data(self)
        copy[offset] ^= bits
        return copy
    }
}
