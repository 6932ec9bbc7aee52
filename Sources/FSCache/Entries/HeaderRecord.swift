internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Header fields as a list of `name: value` pairs, which keeps their order and those that are repeated.
///
/// A value that is not UTF-8 is written as `name: {base64: …}`.
struct HeaderRecord: Codable {
    /// The fields, or what is wrong with them.
    private let content: Result<HTTPFields, any Error>

    private static let base64 = "base64"

    /// Fails when there are no fields.
    init?(_ fields: HTTPFields) {
        guard !fields.isEmpty else { return nil }
        content = .success(fields)
    }

    /// Takes the list as it stands in an entry.
    init(usual view: DocumentView) throws {
        content = .success(try Self.fields(in: view))
    }

    init(from decoder: any Decoder) throws {
        let document = try Document(from: decoder)
        content = Result { try Self.fields(in: .tree(document)) }
    }

    func encode(to encoder: any Encoder) throws {
        let fields = try fields().map { Document.map([Document.Member($0.name.rawName, Self.document(of: $0))]) }
        try Document.array(fields).encode(to: encoder)
    }

    private static func document(of field: HTTPField) -> Document {
        unsafe field.withUnsafeBytesOfValue { bytes in
            if let text = unsafe String(validating: bytes, as: UTF8.self) { return .string(text) }
            return .map([Document.Member(base64, .string(unsafe Data(bytes).base64EncodedString()))])
        }
    }

    /// The fields, checked: what comes from a file may be anything, and building `HTTPFields` of it would trap.
    func fields() throws -> HTTPFields { try content.get() }

    private static func fields(in view: DocumentView) throws -> HTTPFields {
        var fields: [HTTPField] = []
        fields.reserveCapacity(16)
        let isList = try view.forEachElement { element in
            guard fields.count < HTTPFields.maximumCount - 1 else { throw EntryError.invalid("headers", "too many") }
            fields.append(try EntryError.locating([.index(fields.count)]) { try field(in: element) })
        }
        guard isList else { throw EntryError.invalid("headers", "not a list") }
        return HTTPFields(stored: fields)
    }

    private static func field(in view: DocumentView) throws -> HTTPField {
        var field: HTTPField?
        var count = 0
        let isMap = try view.forEachMember { name, value in
            field = try EntryError.locating([.member(name.validatedString ?? "")]) {
                try Self.field(HTTPField.Name(stored: name), value.document())
            }
            count += 1
        }
        guard isMap, let field, count == 1 else {
            throw EntryError.invalid("headers", "an element that is not one `name: value`")
        }
        return field
    }

    private static func field(_ name: HTTPField.Name, _ value: Document) throws -> HTTPField {
        switch value {
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
            switch value[base64] {
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
