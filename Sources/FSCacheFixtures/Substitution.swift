internal import Foundation

/// A value of this machine, and the text that stands for it in files.
struct Substitution: Sendable {
    /// The text in files, such as `{{API_TOKEN}}`.
    private let token: String
    /// The same in a URL.
    private let escapedToken: String
    private let values: SecretValues
    /// What is put back when a file is replayed.
    private let shown: String

    /// - Parameters:
    ///   - token: The text in files.
    ///   - values: The values that it stands for.
    ///   - shown: What is put back.
    init(token: String, values: SecretValues, shown: String) {
        self.token = token
        self.shown = shown
        self.escapedToken = Self.percentEncoded(token)
        self.values = values
    }

    /// Whether a text is what stands for the values, also as it is in a URL.
    func isToken(_ text: String) -> Bool { text == token || text == escapedToken }

    // MARK: Hiding

    /// The text with the token in place of the values.
    func hide(in text: String) -> String {
        let octets = Array(text.utf8)
        return hide(in: octets).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The bytes with the token in place of the values.
    func hide(in bytes: Data) -> Data { hide(in: Array(bytes)).map { Data($0) } ?? bytes }

    /// The target of a request with the token in place of the values, percent-encoded.
    func hide(inTarget target: String) -> String { hide(in: target).replacing(token, with: escapedToken) }

    /// The URL with the percent-encoded token as people read it.
    func readable(inURL url: String) -> String { url.replacing(escapedToken, with: token) }

    private func hide(in octets: [UInt8]) -> [UInt8]? {
        var octets = octets
        var isChanged = false
        for value in values.all {
            var result: [UInt8] = []
            var index = 0
            var copied = 0
            while index < octets.count {
                guard let match = Self.match(value, in: octets, at: index) else {
                    index += 1
                    continue
                }
                result += octets[copied..<index]
                result += (match.isPercentEncoded ? escapedToken : token).utf8
                index = match.end
                copied = index
            }
            guard copied > 0 else { continue }
            octets = result + octets[copied...]
            isChanged = true
        }
        return isChanged ? octets : nil
    }

    /// Where a value at an index ends, however its octets are escaped; `nil` if another text is there.
    private static func match(
        _ value: [UInt8],
        in octets: [UInt8],
        at start: Int
    ) -> (end: Int, isPercentEncoded: Bool)? {
        var index = start
        var isPercentEncoded = false
        for octet in value {
            guard index < octets.count else { return nil }
            if octets[index] == octet {
                index += 1
            } else if octets[index] == UInt8(ascii: "%"), number(octets, index + 1, digits: 2) == UInt32(octet) {
                index += 3
                isPercentEncoded = true
            } else if octets[index] == UInt8(ascii: "\\"), index + 1 < octets.count, octets[index + 1] == octet {
                // JSON escapes quotes and backslashes, and may escape slashes.
                index += 2
            } else if octets[index] == UInt8(ascii: "\\"), index + 1 < octets.count, octet < 0x80,
                octets[index + 1] == UInt8(ascii: "u"), number(octets, index + 2, digits: 4) == UInt32(octet)
            {
                index += 6
            } else {
                return nil
            }
        }
        return (index, isPercentEncoded)
    }

    /// The number that hexadecimal digits write.
    private static func number(_ octets: [UInt8], _ start: Int, digits: Int) -> UInt32? {
        guard start + digits <= octets.count else { return nil }
        return UInt32(String(decoding: octets[start..<start + digits], as: UTF8.self), radix: 16)
    }

    // MARK: Showing

    /// The text with the value in place of the token.
    func show(in text: String) -> String {
        text.replacing(token, with: shown).replacing(escapedToken, with: Self.percentEncoded(shown))
    }

    /// The bytes with the value in place of the token, escaped if they are JSON.
    func show(in bytes: Data, isJSON: Bool) -> Data {
        let plain = isJSON ? Self.escapedForJSON(shown) : shown
        return [(token, plain), (escapedToken, Self.percentEncoded(shown))].reduce(bytes) { bytes, pair in
            let token = Data(pair.0.utf8)
            return bytes.firstRange(of: token) == nil ? bytes : bytes.replacing(token, with: Data(pair.1.utf8))
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
        )
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    private static func escapedForJSON(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let quoted = (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\(text)\""
        return String(quoted.dropFirst().dropLast())
    }
}
