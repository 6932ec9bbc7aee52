package import FSCache
internal import Foundation

/// Entries whose bytes prove that they are complete, not mixed, and belong to their key and format.
package enum VerifiableEntry {
    /// Makes an entry: a head with key, format and seed, and numbers that follow from the seed.
    package static func make(
        _ key: CacheKey,
        _ fileExtension: String,
        seed: UInt64,
        wordCount: Int
    ) -> EncodedEntry {
        EncodedEntry(
            bytes: bytes(key.description, fileExtension, seed: seed, wordCount: wordCount),
            fileExtension: fileExtension
        )
    }

    /// Describes what is wrong with an entry; `nil` if it is unchanged.
    package static func problem(in entry: EncodedEntry, of key: CacheKey) -> String? {
        let lines = entry.bytes.prefix(200).split(separator: UInt8(ascii: "\n"), maxSplits: 4).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.count >= 4, let seed = UInt64(lines[2]), let wordCount = Int(lines[3]), wordCount < 1 << 20 else {
            return "\(entry.bytes.count) bytes without a head"
        }
        guard lines[0] == key.description else { return "the entry of \(lines[0]) under \(key)" }
        guard lines[1] == entry.fileExtension else { return "\(lines[1]) read as \(entry.fileExtension)" }
        let expected = bytes(lines[0], lines[1], seed: seed, wordCount: wordCount)
        return expected == entry.bytes
            ? nil : "\(entry.bytes.count) bytes that differ from the \(expected.count) written"
    }

    private static func bytes(_ key: String, _ fileExtension: String, seed: UInt64, wordCount: Int) -> Data {
        var generator = SeededGenerator(seed: seed)
        var words: [UInt64] = []
        words.reserveCapacity(wordCount)
        for _ in 0..<wordCount { words.append(generator.next().littleEndian) }
        var bytes = Data("\(key)\n\(fileExtension)\n\(seed)\n\(wordCount)\n".utf8)
        unsafe words.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        return bytes
    }
}
