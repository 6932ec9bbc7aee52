public import Foundation

/// Turns `Codable` values into bytes and back.
///
/// Conform a type to store entries in another format. You can use any `Codable` coder:
///
/// ```swift
/// struct PropertyListSerializer: Serializer {
///     let name = "plist"
///     let fileExtension = "plist"
///     let isHumanReadable = false
///
///     func encode(_ value: some Encodable) throws -> Data {
///         try PropertyListEncoder().encode(value)
///     }
///
///     func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
///         try PropertyListDecoder().decode(type, from: data)
///     }
/// }
/// ```
///
/// Equal values must give equal bytes. For invalid bytes, ``decode(_:from:)`` must throw and never trap.
public protocol Serializer: Sendable {
    /// The name by which settings and the command line choose this serializer, such as `json`.
    var name: String { get }

    /// The file extension, without the leading dot, such as `json` or `json.gz`.
    ///
    /// Entries are read by their extension, so the serializers of one cache need different ones.
    var fileExtension: String { get }

    /// Whether the bytes are text for people to read and edit.
    ///
    /// Times are then written as ISO 8601 and bodies as nested data or as text.
    var isHumanReadable: Bool { get }

    /// Encodes a value.
    ///
    /// - Parameter value: The value to encode.
    /// - Returns: The encoded bytes.
    /// - Throws: An error if the format can't hold the value. The built-in serializers throw ``SerializationError``.
    func encode(_ value: some Encodable) throws -> Data

    /// Decodes a value.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - data: Encoded bytes. Treat them as untrusted.
    /// - Returns: The decoded value.
    /// - Throws: An error if the bytes are not in this format, or don't describe a `Value`. The built-in serializers
    ///   throw ``SerializationError``.
    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value
}
