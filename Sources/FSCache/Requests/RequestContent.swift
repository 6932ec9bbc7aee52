public import Foundation
internal import HTTPTypes
internal import Serializers

/// The content of a request, and its media type.
public struct RequestContent: Sendable {
    /// The bytes.
    public var bytes: Data
    /// The value of `Content-Type`, where the caller gives none.
    public var contentType: String?

    /// Bytes as they are.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - contentType: The value of `Content-Type`. Default: none.
    /// - Returns: The content.
    public static func bytes(_ bytes: Data, contentType: String? = nil) -> RequestContent {
        RequestContent(bytes: bytes, contentType: contentType)
    }

    /// Text in UTF-8.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - contentType: The value of `Content-Type`. Default: `text/plain; charset=utf-8`.
    /// - Returns: The content.
    public static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> RequestContent {
        RequestContent(bytes: Data(text.utf8), contentType: contentType)
    }

    /// A value as JSON, its members sorted.
    ///
    /// - Parameter value: The value.
    /// - Returns: The content, of type `application/json`.
    /// - Throws: `EncodingError` when JSON can't hold the value.
    public static func json(_ value: some Encodable) throws -> RequestContent {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return RequestContent(bytes: try encoder.encode(value), contentType: "application/json")
    }

    /// Name-value pairs as a form, in the order given.
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
        pairs.map { "\(escape($0, spaceAsPlus))=\(escape($1, spaceAsPlus))" }.joined(separator: "&")
    }

    private static func escape(_ text: String, _ spaceAsPlus: Bool) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " ") where spaceAsPlus:
                escaped += "+"
            default:
                escaped += "%" + String(hexadecimal: CollectionOfOne(byte), uppercase: true)
            }
        }
        return escaped
    }
}
