internal import Foundation
internal import HTTPTypes
internal import Serializers
internal import Synchronization

/// Header fields as lines of an entry (RFC 9110 §5.2), checked, and turned into `HTTPFields` on demand.
///
/// Creating the fields takes a dozen strings, more work than the rest of a hit in memory, and most hits need none.
final class FieldLines: Sendable {
    /// The ranges of a field's name and value in an entry.
    struct Line: Sendable {
        fileprivate let name: Range<Int>
        fileprivate let value: Range<Int>

        /// Checks a line; `nil` if the name or the value is invalid.
        ///
        /// - Parameters:
        ///   - name: The range of the name.
        ///   - value: The range of the value.
        ///   - isText: Whether the value must be UTF-8.
        ///   - entry: The entry.
        @inline(__always)
        init?(name: Range<Int>, value: Range<Int>, isText: Bool, in entry: Span<UInt8>) {
            guard Self.isField(entry.extracting(name), entry.extracting(value), isText: isText) else { return nil }
            self.name = name
            self.value = value
        }

        /// Checks a line that is not in the entry and appends it to others; `nil` if the name or the value is invalid.
        ///
        /// - Parameters:
        ///   - name: The name.
        ///   - value: The value.
        ///   - isText: Whether the value must be UTF-8.
        ///   - octets: The octets of the other lines. They serve as the entry.
        init?(name: Span<UInt8>, value: Span<UInt8>, isText: Bool, appendingTo octets: inout ByteWriter) {
            guard Self.isField(name, value, isText: isText) else { return nil }
            let start = octets.count
            octets.append(name)
            self.name = start..<octets.count
            octets.append(value)
            self.value = self.name.upperBound..<octets.count
        }

        @inline(__always)
        private static func isField(_ name: Span<UInt8>, _ value: Span<UInt8>, isText: Bool) -> Bool {
            if name.isToken, value.isPlainFieldValue { return true }
            return isUncommonField(name, value, isText: isText)
        }

        @inline(never)
        private static func isUncommonField(_ name: Span<UInt8>, _ value: Span<UInt8>, isText: Bool) -> Bool {
            HTTPField.Name(name) != nil && (!isText || value.validatedString != nil)
                && HTTPField.isValidValue(value.data)
        }
    }

    private let entry: Data
    private let lines: [Line]
    private let made = Mutex<HTTPFields?>(nil)

    /// Takes the lines of an entry.
    ///
    /// - Parameters:
    ///   - lines: The lines, in order, at most ``HTTPTypes/HTTPFields/maximumStoredCount``.
    ///   - entry: The entry. The lines keep it alive.
    init(_ lines: [Line], in entry: Data) {
        self.lines = lines
        self.entry = entry
    }

    /// The fields.
    var fields: HTTPFields {
        made.withLock { made in
            let fields = made ?? HTTPFields(stored: madeFields)
            made = fields
            return fields
        }
    }

    private var madeFields: [HTTPField] {
        let entry = entry.span
        // No line is dropped, because all have been checked.
        return lines.compactMap { line in
            HTTPField(name: entry.extracting(line.name), value: entry.extracting(line.value))
        }
    }

    /// The number of octets in all names and values.
    var byteCount: Int {
        lines.reduce(0) { $0 + $1.name.count + $1.value.count }
    }

    /// The number of fields.
    var count: Int { lines.count }

    /// Calls `body` with each value of the fields with a name, in order.
    func forEachValue(of name: HTTPField.Name, _ body: (borrowing Span<UInt8>) -> Void) {
        let entry = entry.span
        var canonicalName = name.canonicalName
        canonicalName.withUTF8 { canonicalName in
            let canonicalName = unsafe canonicalName.span
            for line in lines where entry.extracting(line.name).isName(canonicalName) {
                body(entry.extracting(line.value))
            }
        }
    }
}

extension Span<UInt8> {
    /// Whether these octets are a token (RFC 9110 §5.6.2), as field names must be.
    fileprivate var isToken: Bool {
        !isEmpty && (isAlphanumericOrHyphen || allSatisfy(\.isTokenCharacter))
    }

    /// Whether these octets spell a name, given in lower case.
    fileprivate func isName(_ canonicalName: Span<UInt8>) -> Bool {
        guard count == canonicalName.count else { return false }
        for index in indices where self[index].lowercased != canonicalName[index] { return false }
        return true
    }

    /// Whether these octets are a legal value made of visible ASCII characters and inner spaces only.
    fileprivate var isPlainFieldValue: Bool {
        guard !isEmpty else { return true }
        guard self[0] != UInt8(ascii: " "), self[count - 1] != UInt8(ascii: " ") else { return false }
        return isPrintableASCII
    }
}

extension UInt8 {
    /// `tchar` (RFC 9110 §5.6.2).
    fileprivate var isTokenCharacter: Bool { isIn(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }
}
