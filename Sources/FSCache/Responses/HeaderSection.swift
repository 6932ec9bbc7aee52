internal import Foundation
internal import HTTPTypes

/// The header fields of a message (RFC 9110 §6.3), or lines of an entry that become fields on demand.
struct HeaderSection: Sendable {
    private enum Form: Sendable {
        case fields(HTTPFields)
        case lines(FieldLines)
    }

    private let form: Form

    init(_ fields: HTTPFields) {
        form = .fields(fields)
    }

    /// Takes the lines of an entry.
    ///
    /// The section keeps the entry alive.
    init(_ lines: [FieldLines.Line], in entry: Data) {
        form = lines.isEmpty ? .fields(Self.noFields) : .lines(FieldLines(lines, in: entry))
    }

    // `[:]` makes an object each time.
    private static let noFields: HTTPFields = [:]

    /// The fields, in order.
    var fields: HTTPFields {
        switch form {
        case .fields(let fields): fields
        case .lines(let lines): lines.fields
        }
    }

    /// Whether there are no fields.
    var isEmpty: Bool {
        switch form {
        case .fields(let fields): fields.isEmpty
        // Without lines, the form is `fields`.
        case .lines: false
        }
    }

    /// About how many bytes the fields take in memory after they have been made.
    var memoryByteCount: Int {
        // Two strings for the name, one for the value, and their slots in an array and an index.
        let byteCountOfField = 200
        switch form {
        case .fields(let fields):
            return fields.reduce(0) { $0 + byteCountOfField + $1.name.rawName.utf8.count + $1.value.utf8.count }
        case .lines(let lines):
            return byteCountOfField * lines.count + lines.byteCount
        }
    }

    /// Whether there is a field with a name.
    func contains(_ name: HTTPField.Name) -> Bool {
        var isFound = false
        forEachValue(of: name) { _ in isFound = true }
        return isFound
    }

    /// Calls `body` with each value of the fields with a name, in order.
    func forEachValue(of name: HTTPField.Name, _ body: (borrowing Span<UInt8>) -> Void) {
        switch form {
        case .fields(let fields):
            for field in fields where field.name == name { field.withOctets(body) }
        case .lines(let lines):
            lines.forEachValue(of: name, body)
        }
    }
}

extension HeaderSection: Hashable {
    static func == (left: HeaderSection, right: HeaderSection) -> Bool { left.fields == right.fields }

    func hash(into hasher: inout Hasher) { hasher.combine(fields) }
}
