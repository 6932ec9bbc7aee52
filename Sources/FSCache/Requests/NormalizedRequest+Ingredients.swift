public import Foundation

extension NormalizedRequest {
    /// One thing that a key depends on.
    public struct Ingredient: Sendable, Hashable {
        /// What it is: `method`, `url`, `TLS`, `header`, or `body` with its kind.
        public let name: String
        /// The normalized value, as it is digested.
        public let value: Data
        /// The letter that marks the ingredient in the encoding.
        package let tag: Character

        /// The value as text; bytes that are no text are told by their number.
        public var text: String {
            switch tag {
            case "T": "certificates are not verified"
            case "P": Self.describe(multipart: Array(value))
            default: Self.describe(value)
            }
        }

        private static func describe(_ value: some Collection<UInt8>) -> String {
            String(validating: value, as: UTF8.self)
                ?? "\(value.count) bytes, SHA-256 \(CacheKey(hashing: Array(value)))"
        }

        private static func describe(multipart value: [UInt8]) -> String {
            FramedBytes.parts(of: value, from: 0)
                .map { ($0.tag == .content ? "\n  content " : "\n  header ") + describe(value[$0.content]) }
                .joined()
        }
    }

    /// Everything that the key depends on, in the order in which it is digested.
    public var ingredients: [Ingredient] {
        let octets = head + content
        return FramedBytes.parts(of: octets, from: Self.version.utf8CodeUnitCount).map { part in
            Ingredient(
                name: part.tag.ingredientName,
                value: Data(octets[part.content]),
                tag: Character(Unicode.Scalar(part.tag.rawValue))
            )
        }
    }
}

extension NormalizedRequest: CustomStringConvertible {
    /// The ingredients, one a line.
    public var description: String {
        let ingredients = ingredients
        let width = ingredients.map(\.name.count).max() ?? 0
        return ingredients.map { ingredient in
            let padding = String(repeating: " ", count: width - ingredient.name.count)
            return "\(ingredient.name)\(padding)  \(ingredient.text)"
        }.joined(separator: "\n")
    }
}

extension FramedBytes.Tag {
    fileprivate var ingredientName: String {
        switch self {
        case .method: "method"
        case .url: "url"
        case .unverifiedTLS: "TLS"
        case .field: "header"
        case .absentField: "absent header"
        case .bytes: "body (bytes)"
        case .json: "body (JSON)"
        case .form: "body (form)"
        case .multipart: "body (multipart)"
        case .content: "content"
        case .key: "key"
        }
    }
}
