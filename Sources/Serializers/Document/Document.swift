public import Foundation

/// An ordered tree of values, which every built-in format reads and writes.
///
/// `Codable` values pass through it, so a format only needs two functions: tree → bytes and bytes → tree.
@frozen
public enum Document: Sendable, Hashable {
    /// The absence of a value.
    case null
    /// A Boolean value.
    case bool(Bool)
    /// A whole number.
    case integer(Int128)
    /// A binary floating-point number, including infinities and NaN.
    case float(Double)
    /// A number by its decimal spelling (the grammar of RFC 8259 §6), if neither `Int128` nor `Double` holds it exactly, or
    /// if its spelling matters.
    case number(String)
    /// Text.
    case string(String)
    /// Octets.
    case bytes(Data)
    /// A point in time.
    case date(Date)
    /// An array of values.
    case array([Document])
    /// An ordered map of values. Readers keep duplicate names; a lookup finds the last one.
    case map([Member])
    /// JSON text, kept unchanged. The JSON format copies it; every other format writes ``JSONText/document()`` instead.
    case json(JSONText)

    /// A named value in a map.
    @frozen
    public struct Member: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: Document

        /// Makes a member.
        ///
        /// - Parameters:
        ///   - name: The name.
        ///   - value: The value.
        @inlinable
        public init(_ name: String, _ value: Document) {
            self.name = name
            self.value = value
        }
    }

    /// One step of the path from the root to a value.
    @frozen
    public enum PathElement: Sendable, Hashable {
        /// A member of a map, by name.
        case member(String)
        /// An element of an array, by index from 0.
        case index(Int)
    }
}

extension Document {
    /// This document, or its tree if it is JSON text.
    ///
    /// - Returns: A document that is not ``json(_:)``.
    package func unwrapped() throws(SerializationError) -> Document {
        guard case .json(let text) = self else { return self }
        return try text.document()
    }

    /// How deep arrays and maps can nest in built-in formats, when encoding and decoding: 512.
    ///
    /// Deeper input is rejected with ``SerializationError/Code/limitExceeded``, because it could exhaust the stack.
    public static let maximumDepth = 512

    /// The value of the last member with this name, or `nil` if no member has it.
    ///
    /// - Parameter name: The name to look up.
    public subscript(name: String) -> Document? {
        guard case .map(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }
}
