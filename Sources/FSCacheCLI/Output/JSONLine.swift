import Foundation

/// A value as JSON in one line, its members sorted, so that equal values are equal lines.
enum JSONLine {
    static func write(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try StandardStreams.write(encoder.encode(value) + [UInt8(ascii: "\n")])
    }
}
