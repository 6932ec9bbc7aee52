#if YAML
import Foundation

extension YAMLEvent {
    static let standardTagPrefix = "tag:yaml.org,2002:"

    /// The value of a scalar, which depends on its tag, or without one on the core schema.
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
        SerializationError(.malformed, "the tag '\(tag.prefix(80))' is not a standard tag, or does not fit here")
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

    /// The bytes of base64 text, which may have line breaks anywhere.
    private var binary: Data? {
        Data(
            base64Encoded: Data(
                text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\t") }
            )
        )
    }
}

/// A time in the lenient form of ISO 8601 that the tag `!!timestamp` allows (https://yaml.org/type/timestamp.html).
struct YAMLTimestamp {
    let date: Date

    /// Reads a time, or fails.
    ///
    /// A date without a time means midnight, and a time without an offset is in UTC.
    init?(_ text: String) {
        let pattern =
            /(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?/
        guard let match = text.wholeMatch(of: pattern)?.output else { return nil }
        var canonical = "\(match.1)-\(twoDigits(match.2))-\(twoDigits(match.3))"
        canonical += "T\(twoDigits(match.4 ?? "00")):\(match.5 ?? "00"):\(match.6 ?? "00")"
        if let fraction = match.7, !fraction.isEmpty { canonical += ".\(fraction)" }
        if let offset = match.8, offset != "Z" {
            let parts = offset.dropFirst().split(separator: ":")
            canonical += "\(offset.prefix(1))\(twoDigits(parts[0])):\(parts.count > 1 ? parts[1] : "00")"
        } else {
            canonical += "Z"
        }
        guard let date = Date(iso8601: canonical) else { return nil }
        self.date = date

        func twoDigits(_ digits: Substring) -> String { digits.count == 1 ? "0\(digits)" : String(digits) }
    }
}
#endif
