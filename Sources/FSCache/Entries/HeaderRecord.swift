internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Header fields as a list of `name: value` pairs, which keeps their order and those that are repeated.
///
/// A value that is not UTF-8 is written as `name: {base64: …}`.
struct HeaderRecord: Codable {
    private let document: Document

    private static let base64 = "base64"

    /// Fails when there are no fields.
    init?(_ fields: HTTPFields) {
        guard !fields.isEmpty else { return nil }
        document = .array(fields.map { .map([Document.Member($0.name.rawName, Self.document(of: $0))]) })
    }

    /// Takes the list as it stands in an entry; ``fields()`` looks at it.
    init(usual document: Document) {
        self.document = document
    }

    init(from decoder: any Decoder) throws {
        document = try Document(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
    }

    private static func document(of field: HTTPField) -> Document {
        unsafe field.withUnsafeBytesOfValue { bytes in
            if let text = unsafe String(validating: bytes, as: UTF8.self) { return .string(text) }
            return .map([Document.Member(base64, .string(unsafe Data(bytes).base64EncodedString()))])
        }
    }

    /// The fields, checked: what comes from a file may be anything, and building `HTTPFields` of it would trap.
    func fields() throws -> HTTPFields {
        guard case .array(let elements) = document else { throw EntryError.invalid("headers", "not a list") }
        guard elements.count < HTTPFields.maximumCount else { throw EntryError.invalid("headers", "too many") }
        var fields: [HTTPField] = []
        fields.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            fields.append(try EntryError.locating(.index(index)) { try Self.field(element) })
        }
        return HTTPFields(stored: fields)
    }

    private static func field(_ element: Document) throws -> HTTPField {
        guard case .map(let members) = element, members.count == 1 else {
            throw EntryError.invalid("headers", "an element that is not one `name: value`")
        }
        return try EntryError.locating(.member(members[0].name)) { try field(members[0]) }
    }

    private static func field(_ member: Document.Member) throws -> HTTPField {
        var text = member.name
        let name = try text.withUTF8 { try HTTPField.Name(stored: unsafe $0.span) }
        switch member.value {
        case .string(let value):
            return try HTTPField(stored: name, value: value)
        // Somebody has written `Age: 60`, `Version: 1.50`, `X-Debug: true` or `X-Empty:` by hand, without quotes.
        case .integer(let value):
            return try HTTPField(stored: name, value: "\(value)")
        case .number(let value):
            return try HTTPField(stored: name, value: value)
        case .float(let value):
            return try HTTPField(stored: name, value: "\(value)")
        case .bool(let value):
            return try HTTPField(stored: name, value: "\(value)")
        case .null:
            return try HTTPField(stored: name, value: "")
        case .map:
            switch member.value[base64] {
            case .bytes(let bytes):
                return try HTTPField(stored: name, value: bytes)
            case .string(let text):
                if let bytes = Data(base64Encoded: text) { return try HTTPField(stored: name, value: bytes) }
            default: break
            }
        default: break
        }
        throw EntryError.invalid("value of \(name)", "neither text nor base64")
    }
}
