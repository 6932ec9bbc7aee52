/// Turns `Codable` values into documents.
package struct DocumentEncoder {
    /// Makes an encoder.
    package init() {}

    /// Turns a value into a document.
    ///
    /// - Parameter value: What to encode.
    /// - Returns: The tree. Dates are ``Document/date(_:)`` and data is ``Document/bytes(_:)`` in it: how they are written is up to
    ///   the format.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unrepresentable`` for whatever the value's `encode(to:)`
    ///   throws, or with ``SerializationError/Code/limitExceeded`` when it nests deeper than ``Document/maximumDepth``.
    package func encode(_ value: some Encodable) throws(SerializationError) -> Document {
        let root = EncodingNode(parent: nil, key: nil, depth: 0)
        do {
            return try root.document(of: value)
        } catch let error as SerializationError {
            throw error
        } catch EncodingError.invalidValue(let value, let context) {
            throw SerializationError(
                .unrepresentable,
                "cannot encode the value of type \(type(of: value)): \(context.debugDescription)",
                path: context.codingPath.map(Document.PathElement.init),
                underlyingError: EncodingError.invalidValue(value, context)
            )
        } catch {
            throw SerializationError(
                .unrepresentable,
                "cannot encode the value of type \(type(of: value))",
                underlyingError: error
            )
        }
    }
}
