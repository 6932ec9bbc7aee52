/// Turns `Codable` values into documents.
package struct DocumentEncoder {
    /// Makes an encoder.
    package init() {}

    /// Turns a value into a document.
    ///
    /// - Returns: The tree. Dates are ``Document/date(_:)`` and data is ``Document/bytes(_:)``, and each format decides
    ///   how to write them.
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

/// Turns documents into `Codable` values.
package struct DocumentDecoder {
    /// Makes a decoder.
    package init() {}

    /// Makes a value from a document.
    ///
    /// Dates may be ISO 8601 strings and data may be base64 strings, as text formats write them.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - document: The tree that describes the value.
    /// - Returns: The value.
    /// - Throws: ``SerializationError``, usually with ``SerializationError/Code/mismatch`` and the path.
    package func decode<Value: Decodable>(
        _ type: Value.Type,
        from document: Document
    ) throws(SerializationError) -> Value {
        do {
            return try DecodingNode(document, parent: nil, key: nil).value(type)
        } catch let error as SerializationError {
            throw error
        } catch let error as DecodingError {
            throw SerializationError(error)
        } catch {
            throw SerializationError(.mismatch, "cannot make a \(type) from this", underlyingError: error)
        }
    }
}

extension SerializationError {
    /// Converts a decoding error.
    fileprivate init(_ error: DecodingError) {
        let context: DecodingError.Context
        let message: String
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
            context = found
            message = found.debugDescription
        case .keyNotFound(let key, let found):
            context = found
            message = "the member '\(key.stringValue)' is missing"
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

/// The coding key that the bridge puts into coding paths: a member's name, or an index.
package struct DocumentKey: CodingKey {
    /// The step that the key stands for.
    package let element: Document.PathElement

    /// Makes a key for a step.
    package init(_ element: Document.PathElement) { self.element = element }

    package init(stringValue: String) { self.init(.member(stringValue)) }

    package init(intValue: Int) { self.init(.index(intValue)) }

    package var stringValue: String {
        switch element {
        case .member(let name): name
        case .index(let index): "Index \(index)"
        }
    }

    package var intValue: Int? {
        switch element {
        case .member: nil
        case .index(let index): index
        }
    }

    /// The key under which a class encodes its superclass if it passes none.
    static let `super` = DocumentKey(.member("super"))
}

extension Document.PathElement {
    /// The step that a coding key stands for.
    ///
    /// Only the bridge's own keys are indices: other keys with an `intValue` may name members, as in a dictionary with
    /// `Int` keys.
    init(_ key: some CodingKey) {
        self = (key as? DocumentKey)?.element ?? .member(key.stringValue)
    }

    init(_ key: any CodingKey) {
        self = (key as? DocumentKey)?.element ?? .member(key.stringValue)
    }
}
