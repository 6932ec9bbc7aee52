#if YAML
import Foundation

/// A scalar on its way to a value: by its tag, or by the core schema when it is plain and has none.
struct YAMLScalar {
    static let standardTagPrefix = "tag:yaml.org,2002:"

    private let text: String
    private let isPlain: Bool
    private let tag: String?

    init(_ event: YAMLEvent) {
        text = event.text
        isPlain = event.isPlain
        tag = event.tag
    }

    /// The value of the scalar.
    var value: Document {
        get throws(SerializationError) {
            guard let tag else { return isPlain ? try YAMLCoreSchema.value(of: text) : .string(text) }
            guard tag != "!" else { return .string(text) }
            guard tag.hasPrefix(Self.standardTagPrefix) else { throw unknownTag(tag) }
            let value: Document? =
                switch tag.dropFirst(Self.standardTagPrefix.count) {
                case "str": .string(text)
                case "null": YAMLCoreSchema.isNull(text) ? .null : nil
                case "bool": YAMLCoreSchema.bool(text).map(Document.bool)
                case "int": try integer
                case "float": try float
                case "binary": binary.map(Document.bytes)
                case "timestamp": YAMLTimestamp(text).map { .date($0.date) }
                default: throw unknownTag(tag)
                }
            guard let value else {
                throw SerializationError(
                    .malformed,
                    "'\(text.prefix(40))' does not fit the tag '!!\(tag.dropFirst(Self.standardTagPrefix.count))'"
                )
            }
            return value
        }
    }

    private func unknownTag(_ tag: String) -> SerializationError {
        SerializationError(.malformed, "the tag '\(tag.prefix(80))' is none of YAML's own, or does not fit here")
    }

    private var integer: Document? {
        get throws(SerializationError) {
            switch try YAMLCoreSchema.number(text) {
            case .integer(let value): .integer(value)
            case .number(let literal) where literal.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") }):
                .number(literal)
            default: nil
            }
        }
    }

    private var float: Document? {
        get throws(SerializationError) {
            switch try YAMLCoreSchema.number(text) {
            case .integer(let value): Int128(exactly: Double(value)) == value ? .float(Double(value)) : .integer(value)
            case let value: value
            }
        }
    }

    /// The bytes of base64 text, whose lines may be broken anywhere.
    private var binary: Data? {
        var text = Data(text.utf8)
        text.removeAll { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
        return Data(base64Encoded: text)
    }
}
#endif
