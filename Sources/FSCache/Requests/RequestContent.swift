public import Foundation
internal import HTTPTypes
internal import Serializers

/// The content of a request, and its media type.
public struct RequestContent: Sendable {
    /// The bytes.
    public var bytes: Data
    /// The value of `Content-Type`, unless the header fields of the request have one.
    public var contentType: String?

    /// Makes content from bytes.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - contentType: The value of `Content-Type`. Default: none.
    /// - Returns: The content.
    public static func bytes(_ bytes: Data, contentType: String? = nil) -> RequestContent {
        RequestContent(bytes: bytes, contentType: contentType)
    }

    /// Makes content from text, in UTF-8.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - contentType: The value of `Content-Type`. Default: `text/plain; charset=utf-8`.
    /// - Returns: The content.
    public static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> RequestContent {
        RequestContent(bytes: Data(text.utf8), contentType: contentType)
    }

    /// Makes JSON content from a value, with sorted members.
    ///
    /// - Parameter value: The value.
    /// - Returns: The content, of type `application/json`.
    /// - Throws: `EncodingError` if the value can't be encoded as JSON.
    public static func json(_ value: some Encodable) throws -> RequestContent {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return RequestContent(bytes: try encoder.encode(value), contentType: "application/json")
    }

    /// Makes form content from name-value pairs, in their order.
    ///
    /// - Parameter fields: The pairs.
    /// - Returns: The content, of type `application/x-www-form-urlencoded`.
    public static func form(_ fields: KeyValuePairs<String, String>) -> RequestContent {
        let text = QueryText.encode(fields.map { ($0.key, $0.value) }, spaceAsPlus: true)
        return RequestContent(bytes: Data(text.utf8), contentType: "application/x-www-form-urlencoded")
    }
}

/// Writes name-value pairs as the query of a URL or the content of a form.
enum QueryText {
    static func encode(_ pairs: [(String, String)], spaceAsPlus: Bool) -> String {
        pairs.map { "\(escape($0, spaceAsPlus: spaceAsPlus))=\(escape($1, spaceAsPlus: spaceAsPlus))" }.joined(
            separator: "&"
        )
    }

    private static func escape(_ text: String, spaceAsPlus: Bool) -> String {
        var escaped: [UInt8] = []
        for octet in text.utf8 {
            if octet.isUnreserved {
                escaped.append(octet)
            } else if spaceAsPlus, octet == UInt8(ascii: " ") {
                escaped.append(UInt8(ascii: "+"))
            } else {
                escaped.appendEscaped(octet)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
