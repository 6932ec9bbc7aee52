extension DecodingNode {
    /// Says that a value is of another kind than the wanted one, or out of its range, here or in the element or member with a key.
    func mismatch(
        _ wanted: String,
        _ document: Document,
        _ type: any Any.Type,
        at key: Document.PathElement?
    ) -> DecodingError {
        let context = { (message: String) in
            DecodingError.Context(codingPath: self.codingPath(to: key), debugDescription: message)
        }
        switch document {
        case .null:
            return .valueNotFound(type, context("expected \(wanted), found null"))
        case .integer, .float, .number:
            guard type is any Numeric.Type else { break }
            return .dataCorrupted(context("the number \(document.numberSpelling) does not fit in \(wanted)"))
        case .string(let text) where wanted == "Date":
            return .dataCorrupted(context("'\(text.prefix(40))' is no time in ISO 8601"))
        case .string where wanted == "Data":
            return .dataCorrupted(context("the string is no base64"))
        default:
            break
        }
        return .typeMismatch(type, context("expected \(wanted), found \(document.kindDescription)"))
    }

    /// Says that a value is of the wanted kind but can't be used.
    func corrupted(
        _ message: String,
        underlyingError: (any Error)? = nil,
        at key: Document.PathElement?
    ) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath(to: key),
                debugDescription: message,
                underlyingError: underlyingError
            )
        )
    }

    /// The path to an element or member, or to this place itself.
    func codingPath(to key: Document.PathElement?) -> [any CodingKey] {
        guard let key else { return codingPath }
        return codingPath + [DocumentKey(key)]
    }
}

extension Document {
    package var isNull: Bool {
        switch self {
        case .null: true
        case .json(let text): text.isNull
        default: false
        }
    }

    /// What this is, in words.
    fileprivate var kindDescription: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .float, .number: "a number"
        case .string: "a string"
        case .bytes: "bytes"
        case .date: "a date"
        case .array: "an array"
        case .map: "a map"
        case .json: "JSON text"
        }
    }

    /// The number, short enough for a message.
    fileprivate var numberSpelling: String {
        switch self {
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .number(let spelling): spelling.utf8.count <= 50 ? spelling : "\(spelling.prefix(50))…"
        default: ""
        }
    }
}
