public import Foundation

/// A reversible step between a serializer's bytes and the file: compression, a signature, encryption.
///
/// Stages compose around any serializer, the first one nearest to it; see ``Serializer/staged(_:)``.
public protocol Stage: Sendable {
    /// What the stage adds to the file's extension, without a dot, such as `gz`.
    var fileExtension: String { get }

    /// Whether only who holds a key can make bytes that the stage undoes: a signature, or encryption.
    ///
    /// A cache that writes through such a stage reads nothing that did not come through it. Default: no.
    var isAuthenticating: Bool { get }

    /// Applies the stage.
    ///
    /// - Parameter data: The bytes as the serializer, or the stage before, wrote them.
    /// - Returns: The bytes to store.
    /// - Throws: ``SerializationError``, when the step fails.
    func apply(to data: Data) throws -> Data

    /// Undoes the stage.
    ///
    /// - Parameter data: What ``apply(to:)`` returned, or bytes from anywhere: they are not trusted.
    /// - Returns: The bytes as they were before ``apply(to:)``.
    /// - Throws: ``SerializationError``, with ``SerializationError/Code/notAuthentic`` for a wrong key or changed bytes.
    func undo(on data: Data) throws -> Data
}

extension Stage {
    /// No: anybody can make bytes that the stage undoes.
    public var isAuthenticating: Bool { false }
}
