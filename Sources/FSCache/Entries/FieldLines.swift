internal import Foundation
internal import HTTPTypes
internal import Serializers
internal import Synchronization

/// Header fields as the lines that stand in an entry (RFC 9110 §5.2): checked, and made into `HTTPFields` when somebody
/// asks for these.
///
/// Making them takes a dozen strings, more than all else that a hit does in memory, and most hits need none of them.
final class FieldLines: Sendable {
    /// Where the name and the value of a field stand in an entry.
    struct Line: Sendable {
        fileprivate let name: Range<Int>
        fileprivate let value: Range<Int>

        /// Takes a line, if a field can have such a name and such a value.
        ///
        /// - Parameters:
        ///   - name: Where the name stands.
        ///   - value: Where the value stands.
        ///   - isText: Whether the value must be in UTF-8.
        ///   - entry: The entry.
        /// - Throws: ``EntryError``.
        init(name: Range<Int>, value: Range<Int>, isText: Bool, in entry: Span<UInt8>) throws {
            try Self.check(name: entry.extracting(name), value: entry.extracting(value), isText: isText)
            self.name = name
            self.value = value
        }

        /// Takes a line from anywhere, if a field can have such a name and such a value, and puts it behind others.
        ///
        /// - Parameters:
        ///   - name: The name.
        ///   - value: The value.
        ///   - isText: Whether the value must be in UTF-8.
        ///   - octets: The octets of other lines, to which those of this one are added: they are its entry.
        /// - Throws: ``EntryError``.
        init(name: Span<UInt8>, value: Span<UInt8>, isText: Bool, appendingTo octets: inout ByteWriter) throws {
            try Self.check(name: name, value: value, isText: isText)
            let start = octets.count
            octets.append(name)
            self.name = start..<octets.count
            octets.append(value)
            self.value = self.name.upperBound..<octets.count
        }

        private static func check(name: Span<UInt8>, value: Span<UInt8>, isText: Bool) throws {
            guard !name.isToken || !value.isPlainFieldValue else { return }
            // What is not plain may be legal all the same; if not, making the field says why.
            let name = try HTTPField.Name(stored: name)
            if let text = value.validatedString {
                _ = try HTTPField(stored: name, value: text)
            } else if isText {
                throw EntryError.invalid("value of \(name)", "it is not in UTF-8")
            } else {
                _ = try HTTPField(stored: name, value: value.data)
            }
        }
    }

    private let entry: Data
    private let lines: [Line]
    private let made = Mutex<HTTPFields?>(nil)

    /// Takes the lines of an entry.
    ///
    /// - Parameters:
    ///   - lines: The lines, in order, at most ``HTTPTypes/HTTPFields/maximumCount`` of them.
    ///   - entry: The entry, which is kept for as long as these lines are.
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
        // None is left out: the lines have been checked.
        return lines.compactMap { line in
            HTTPField(name: entry.extracting(line.name), value: entry.extracting(line.value))
        }
    }

    /// How many octets the names and the values have.
    var byteCount: Int {
        lines.reduce(0) { $0 + $1.name.count + $1.value.count }
    }

    /// How many fields there are.
    var count: Int { lines.count }

    /// Lends the values of the fields of a name, one after the other.
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
    /// Whether these octets are a token (RFC 9110 §5.6.2), which every field name is.
    fileprivate var isToken: Bool {
        for index in indices where !self[index].isTokenCharacter { return false }
        return !isEmpty
    }

    /// Whether these octets are a name, which is given in lower case.
    fileprivate func isName(_ canonicalName: Span<UInt8>) -> Bool {
        guard count == canonicalName.count else { return false }
        for index in indices where self[index].lowercased != canonicalName[index] { return false }
        return true
    }

    /// Whether these octets are a value that a field can have, of visible ASCII characters and spaces alone.
    fileprivate var isPlainFieldValue: Bool {
        guard !isEmpty else { return true }
        guard self[0] != UInt8(ascii: " "), self[count - 1] != UInt8(ascii: " ") else { return false }
        return isPrintableASCII
    }
}

extension UInt8 {
    /// `tchar` (RFC 9110 §5.6.2).
    fileprivate var isTokenCharacter: Bool {
        let (low, high): (UInt64, UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
        let set = self < 64 ? low : high
        return self < 128 && set &>> UInt64(self) & 1 == 1
    }
}
