public import Foundation

/// A serializer whose bytes pass through stages before they are stored.
public struct StagedSerializer: Serializer {
    /// The serializer whose bytes go through the stages.
    public let base: any Serializer
    /// The stages, the one nearest to the serializer first.
    public let stages: [any Stage]

    /// Puts stages around a serializer.
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

    /// Whether the base writes text: `zcat` then shows it.
    public var isHumanReadable: Bool { base.isHumanReadable }

    /// Encodes with the base, then applies the stages in order.
    ///
    /// - Parameter value: What to encode.
    /// - Returns: The bytes after the last stage.
    /// - Throws: What the base or a stage throws.
    public func encode(_ value: some Encodable) throws -> Data {
        try stages.reduce(base.encode(value)) { try $1.apply(to: $0) }
    }

    /// Undoes the stages in reverse order, then decodes with the base.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - data: What ``encode(_:)`` returned.
    /// - Returns: The decoded value.
    /// - Throws: What a stage or the base throws.
    public func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try base.decode(type, from: stages.reversed().reduce(data) { try $1.undo(on: $0) })
    }
}

extension Serializer {
    /// Puts stages around this serializer: `JSONSerializer().staged(.gzip(), .signed(with: key))`.
    ///
    /// - Parameter stages: The stages, the one nearest to the serializer first.
    /// - Returns: The staged serializer.
    public func staged(_ stages: any Stage...) -> StagedSerializer {
        StagedSerializer(base: self, stages: stages)
    }
}
