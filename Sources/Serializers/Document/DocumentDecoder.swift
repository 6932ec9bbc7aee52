/// Turns documents into `Codable` values.
package struct DocumentDecoder {
    /// Makes a decoder.
    package init() {}

    /// Makes a value of a document.
    ///
    /// What text formats make of dates and data is understood: ISO 8601 strings and base64 strings.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - document: The tree that describes the value.
    /// - Returns: The value.
    /// - Throws: ``SerializationError``, as a rule with ``SerializationError/Code/mismatch``, the path to the value that does not fit,
    ///   and the error that the type's `init(from:)` has thrown.
    package func decode<Value: Decodable>(
        _ type: Value.Type,
        from document: Document
    ) throws(SerializationError) -> Value {
        if let value = Value.usual(in: .tree(document)) { return value }
        do {
            return try DecodingNode(document, parent: nil, key: nil).value(type)
        } catch let error as SerializationError {
            throw error
        } catch let error as DecodingError {
            throw SerializationError(error)
        } catch {
            throw SerializationError(.mismatch, "cannot make a \(type) of this", underlyingError: error)
        }
    }
}

extension SerializationError {
    /// Says in our words what a decoding error says.
    fileprivate init(_ error: DecodingError) {
        let context: DecodingError.Context
        let message: String
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
            context = found
            message = found.debugDescription
        case .keyNotFound(let key, let found):
            context = found
            message = "there is no member '\(key.stringValue)'"
        @unknown default:
            self.init(.mismatch, "the value does not fit", underlyingError: error)
            return
        }
        self.init(
            .mismatch,
            message,
            path: context.codingPath.map(Document.PathElement.init),
            underlyingError: context.underlyingError as? SerializationError ?? error
        )
    }
}
