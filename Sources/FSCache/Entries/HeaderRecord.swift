internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Header fields as a list of `name: value` pairs, which keeps their order and repeated names.
///
/// A value that is not UTF-8 is written as `name: {base64: …}`.
struct HeaderRecord: Codable {
    /// The fields, or the reason why they can't be used.
    private let content: Result<HeaderSection, any Error>

    private static let base64 = "base64"

    /// Fails when there are no fields.
    init?(_ fields: HTTPFields) {
        guard !fields.isEmpty else { return nil }
        content = .success(HeaderSection(fields))
    }

    /// Reads the list of an entry.
    init(usual view: DocumentView) throws {
        content = .success(try Self.section(in: view))
    }

    init(from decoder: any Decoder) throws {
        let document = try Document(from: decoder)
        content = Result { try Self.section(in: .tree(document)) }
    }

    func encode(to encoder: any Encoder) throws {
        let fields = try section().fields
        try Document.array(fields.map { .map([Document.Member($0.name.rawName, Self.document(of: $0))]) })
            .encode(to: encoder)
    }

    private static func document(of field: HTTPField) -> Document {
        unsafe field.withUnsafeBytesOfValue { bytes in
            if let text = unsafe String(validating: bytes, as: UTF8.self) { return .string(text) }
            return .map([Document.Member(base64, .string(unsafe Data(bytes).base64EncodedString()))])
        }
    }

    /// The fields.
    ///
    /// They have been checked, because `HTTPFields` traps on values that a file may contain.
    func section() throws -> HeaderSection { try content.get() }

    private static func section(in view: DocumentView) throws -> HeaderSection {
        var lines: [FieldLines.Line] = []
        lines.reserveCapacity(16)
        var octets = ByteWriter(capacity: 512)
        let isList = try view.forEachElement { element in
            guard lines.count < HTTPFields.maximumStoredCount else { throw EntryError.invalid("headers", "too many") }
            lines.append(try EntryError.locating([.index(lines.count)]) { try line(in: element, to: &octets) })
        }
        guard isList else { throw EntryError.invalid("headers", "not a list") }
        return HeaderSection(lines, in: octets.take())
    }

    private static func line(in element: DocumentView, to octets: inout ByteWriter) throws -> FieldLines.Line {
        var line: FieldLines.Line?
        var count = 0
        let isMap = try element.forEachMember { name, value in
            line = try EntryError.locating([.member(name.validatedString ?? "")]) {
                try Self.line(name, value, to: &octets)
            }
            count += 1
        }
        guard isMap, let line, count == 1 else {
            throw EntryError.invalid("headers", "an element that is not one `name: value`")
        }
        return line
    }

    private static func line(
        _ name: Span<UInt8>,
        _ value: DocumentView,
        to octets: inout ByteWriter
    ) throws -> FieldLines.Line {
        if let line = try value.withText({ try Self.line(name, $0, isText: true, to: &octets) }) { return line }
        guard let value = Self.octets(of: try value.document()) else {
            guard let name = HTTPField.Name(name) else { throw EntryError.invalidField(name: name, value: name) }
            throw EntryError.invalid("value of \(name)", "neither text nor base64")
        }
        return try line(name, value.span, isText: false, to: &octets)
    }

    private static func line(
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        isText: Bool,
        to octets: inout ByteWriter
    ) throws -> FieldLines.Line {
        guard let line = FieldLines.Line(name: name, value: value, isText: isText, appendingTo: &octets) else {
            throw EntryError.invalidField(name: name, value: value)
        }
        return line
    }

    /// The octets of a value that is not written as text.
    private static func octets(of value: Document) -> Data? {
        switch value {
        // People write `Age: 60`, `Version: 1.50`, `X-Debug: true` and `X-Empty:` without quotes.
        case .integer(let value): Data("\(value)".utf8)
        case .number(let value): Data(value.utf8)
        case .float(let value): Data("\(value)".utf8)
        case .bool(let value): Data("\(value)".utf8)
        case .null: Data()
        case .string(let value): Data(value.utf8)
        case .map: value[base64].flatMap { Data(leaf: $0) }
        default: nil
        }
    }
}
