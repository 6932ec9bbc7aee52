package import FSCache
internal import FSCacheTesting
internal import Foundation
package import HTTPTypes

/// A page whose content proves that it is complete, not mixed, and belongs to its URL: it has the URL, and a seed from
/// which the rest follows.
///
/// Its ETag is the seed.
package enum VerifiablePage {
    private enum Form: UInt64, CaseIterable {
        case json, text, binary
    }

    private struct Content: Codable {
        var url: String
        var seed: UInt64
        var wordCount: Int
        var words: [String]
    }

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - url: The URL that it names.
    ///   - seed: The seed of its form and its words.
    ///   - wordCount: How many words of 16 characters it has.
    /// - Returns: A response with status 200.
    /// - Throws: When there are too many words.
    package static func response(_ url: String, seed: UInt64, wordCount: Int) throws -> TransportResponse {
        let contentType =
            switch form(of: seed) {
            case .json: "application/json"
            case .text: "text/plain; charset=utf-8"
            case .binary: "application/octet-stream"
            }
        return TransportResponse(
            200,
            [.contentType: contentType, .eTag: "\"\(seed)\""],
            body: try body(url, seed: seed, wordCount: wordCount)
        )
    }

    /// Describes what is wrong with a response; `nil` if it is unchanged.
    package static func problem(in response: CachedResponse, of url: String) -> String? {
        guard response.status == .ok else { return "status \(response.status) for \(url)" }
        guard response.url == url else { return "\(response.url) in answer to \(url)" }
        guard let seed = seed(in: response.headerFields), let wordCount = wordCount(in: response.body, seed: seed),
            let expected = try? body(url, seed: seed, wordCount: wordCount)
        else { return "\(response.body.count) bytes for \(url) that can't be made out" }
        return response.body == expected
            ? nil : "\(response.body.count) bytes for \(url) that differ from the \(expected.count) sent"
    }

    /// The seed of the page with these header fields.
    package static func seed(in fields: HTTPFields) -> UInt64? {
        fields[.eTag].flatMap { UInt64($0.dropFirst().dropLast()) }
    }

    private static func form(of seed: UInt64) -> Form {
        Form.allCases[Int(seed % UInt64(Form.allCases.count))]
    }

    private static func wordCount(in body: Data, seed: UInt64) -> Int? {
        switch form(of: seed) {
        case .json:
            return (try? JSONDecoder().decode(Content.self, from: body))?.wordCount
        case .text, .binary:
            let head = body.prefix { $0 != UInt8(ascii: "\n") }
            return String(decoding: head, as: UTF8.self).split(separator: " ").last.flatMap { Int($0) }
        }
    }

    private static func body(_ url: String, seed: UInt64, wordCount: Int) throws -> Data {
        guard (0..<1 << 20).contains(wordCount) else { throw FSCacheError(.invalidSetting, "\(wordCount) words") }
        var generator = SeededGenerator(seed: seed)
        let words = (0..<wordCount).map { _ in generator.next() }
        switch form(of: seed) {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let texts = words.map { String($0, radix: 16) }
            return try encoder.encode(Content(url: url, seed: seed, wordCount: wordCount, words: texts))
        case .text:
            let lines = words.map { String($0, radix: 36) }.joined(separator: "\n")
            return Data("\(url) \(seed) \(wordCount)\n\(lines)\n".utf8)
        case .binary:
            var bytes = Data("\(url) \(seed) \(wordCount)\n".utf8)
            for word in words { unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0) } }
            return bytes
        }
    }
}
