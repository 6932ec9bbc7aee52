public import Foundation

/// A reversible step between a serializer's bytes and the file: compression, a signature, encryption.
///
/// Stages work with any serializer. The first one is nearest to it; see ``Serializer/staged(_:)``.
public protocol Stage: Sendable {
    /// The suffix that the stage adds to the file's extension, without a dot, such as `gz`.
    var fileExtension: String { get }

    /// Whether the stage only accepts bytes written with its key, like a signature or encryption.
    ///
    /// A cache with such a stage reads only files written through it. The default is `false`.
    var isAuthenticating: Bool { get }

    /// Applies the stage.
    ///
    /// - Parameter data: The bytes from the serializer or the previous stage.
    /// - Returns: The bytes to store.
    /// - Throws: ``SerializationError`` if the step fails.
    func apply(to data: Data) throws -> Data

    /// Reverses the stage.
    ///
    /// - Parameter data: The stored bytes, which are untrusted.
    /// - Returns: The bytes before ``apply(to:)``.
    /// - Throws: ``SerializationError``, with ``SerializationError/Code/notAuthentic`` for a wrong key or changed bytes.
    func undo(on data: Data) throws -> Data
}

extension Stage {
    /// `false`: the stage needs no key.
    public var isAuthenticating: Bool { false }
}

/// A serializer whose bytes pass through stages before they are stored.
public struct StagedSerializer: Serializer {
    /// The serializer whose bytes go through the stages.
    public let base: any Serializer
    /// The stages, the one nearest to the serializer first.
    public let stages: [any Stage]

    /// Adds stages to a serializer.
    ///
    /// - Parameters:
    ///   - base: The serializer whose bytes go through the stages.
    ///   - stages: The stages, the one nearest to the serializer first.
    public init(base: any Serializer, stages: [any Stage]) {
        self.base = base
        self.stages = stages
    }

    /// The name of the base and the extensions of the stages, joined by dots: `json.gz`.
    public var name: String { ([base.name] + stages.map(\.fileExtension)).joined(separator: ".") }

    /// The extensions of the base and the stages, joined by dots: `json.gz`.
    public var fileExtension: String {
        ([base.fileExtension] + stages.map(\.fileExtension)).joined(separator: ".")
    }

    /// Whether the base writes text, even though the stages transform it.
    public var isHumanReadable: Bool { base.isHumanReadable }

    /// Encodes with the base, then applies the stages in order.
    ///
    /// - Parameter value: The value to encode.
    /// - Returns: The bytes after the last stage.
    /// - Throws: The errors of the base and the stages.
    public func encode(_ value: some Encodable) throws -> Data {
        try stages.reduce(base.encode(value)) { try $1.apply(to: $0) }
    }

    /// Reverses the stages, the last one first, then decodes with the base.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - data: The stored bytes.
    /// - Returns: The decoded value.
    /// - Throws: The errors of the stages and the base.
    public func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try base.decode(type, from: stages.reversed().reduce(data) { try $1.undo(on: $0) })
    }
}

extension Serializer {
    /// Adds stages to this serializer: `JSONSerializer().staged(.gzip(), .signed(with: key))`.
    ///
    /// - Parameter stages: The stages, the one nearest to the serializer first.
    /// - Returns: The staged serializer.
    public func staged(_ stages: any Stage...) -> StagedSerializer {
        StagedSerializer(base: self, stages: stages)
    }
}
