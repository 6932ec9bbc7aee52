/// Reads a Dictionary of Structured Fields member by member (RFC 9651 §4.2.2).
///
/// It checks all of the syntax, and tells of a value only what cache directives can be made of.
struct StructuredDictionaryReader {
    /// The value of a member.
    enum Value: Equatable {
        case boolean(Bool)
        case integer(Int)
        /// A String or a Token.
        case text
        /// Anything else: a Decimal, a Byte Sequence, a Date, a Display String, an Inner List.
        case other
    }

    /// A name and its value.
    struct Member {
        /// Where the name stands.
        var name: Range<Int>
        /// The value, without its parameters.
        var value: Value
    }

    /// Whether a mistake was found: then there are no more members, and those before it count for nothing.
    private(set) var isInvalid = false
    private var index = 0
    private var isFirst = true

    /// Reads the next member, or `nil` at the end, and at a mistake.
    mutating func next(in octets: borrowing Span<UInt8>) -> Member? {
        if isInvalid { return nil }
        if isFirst {
            isFirst = false
            skipSpaces(in: octets)
            guard index < octets.count else { return nil }
        } else {
            skipBlanks(in: octets)
            guard index < octets.count else { return nil }
            guard take(UInt8(ascii: ","), in: octets) else { return fail() }
            skipBlanks(in: octets)
            guard index < octets.count else { return fail() }
        }
        guard let name = key(in: octets) else { return fail() }
        var value = Value.boolean(true)
        if take(UInt8(ascii: "="), in: octets) {
            guard let read = memberValue(in: octets) else { return fail() }
            value = read
        }
        guard skipParameters(in: octets) else { return fail() }
        return Member(name: name, value: value)
    }

    private mutating func fail() -> Member? {
        isInvalid = true
        return nil
    }
}

extension StructuredDictionaryReader {
    private mutating func key(in octets: borrowing Span<UInt8>) -> Range<Int>? {
        let start = index
        guard index < octets.count, octets[index].isLowercaseLetter || octets[index] == UInt8(ascii: "*") else {
            return nil
        }
        skip(in: octets) { $0.isLowercaseLetter || $0.isDigit || $0.isOne(of: "_-.*") }
        return start..<index
    }

    private mutating func memberValue(in octets: borrowing Span<UInt8>) -> Value? {
        guard take(UInt8(ascii: "("), in: octets) else { return bareItem(in: octets) }
        while true {
            let start = index
            skipSpaces(in: octets)
            if take(UInt8(ascii: ")"), in: octets) { return .other }
            // Items are parted by spaces, and the first one needs none.
            guard index > start || octets[index - 1] == UInt8(ascii: "("), bareItem(in: octets) != nil,
                skipParameters(in: octets)
            else { return nil }
        }
    }

    private mutating func skipParameters(in octets: borrowing Span<UInt8>) -> Bool {
        while take(UInt8(ascii: ";"), in: octets) {
            skipSpaces(in: octets)
            guard key(in: octets) != nil else { return false }
            if take(UInt8(ascii: "="), in: octets), bareItem(in: octets) == nil { return false }
        }
        return true
    }

    private mutating func bareItem(in octets: borrowing Span<UInt8>) -> Value? {
        guard index < octets.count else { return nil }
        let first = octets[index]
        switch first {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number(in: octets)
        case UInt8(ascii: "\""): return string(in: octets) ? .text : nil
        case UInt8(ascii: "?"):
            index += 1
            if take(UInt8(ascii: "1"), in: octets) { return .boolean(true) }
            return take(UInt8(ascii: "0"), in: octets) ? .boolean(false) : nil
        case UInt8(ascii: ":"):
            index += 1
            skip(in: octets) { $0.isLetter || $0.isDigit || $0.isOne(of: "+/=") }
            return take(UInt8(ascii: ":"), in: octets) ? .other : nil
        case UInt8(ascii: "@"):
            index += 1
            if case .integer = number(in: octets) { return .other }
            return nil
        case UInt8(ascii: "%"):
            index += 1
            return string(in: octets) ? .other : nil
        case _ where first.isLetter || first == UInt8(ascii: "*"):
            skip(in: octets) { $0.isLetter || $0.isDigit || $0.isOne(of: "!#$%&'*+-.^_`|~:/") }
            return .text
        default: return nil
        }
    }

    /// An Integer of at most 15 digits, or a Decimal of at most 12 and 3.
    private mutating func number(in octets: borrowing Span<UInt8>) -> Value? {
        let isNegative = take(UInt8(ascii: "-"), in: octets)
        let start = index
        var value = 0
        while index < octets.count, octets[index].isDigit, index - start < 16 {
            value = value * 10 + Int(octets[index] - UInt8(ascii: "0"))
            index += 1
        }
        let digits = index - start
        guard digits > 0 else { return nil }
        guard take(UInt8(ascii: "."), in: octets) else {
            return digits <= 15 ? .integer(isNegative ? -value : value) : nil
        }
        let point = index
        skip(in: octets) { $0.isDigit }
        return digits <= 12 && (1...3).contains(index - point) ? .other : nil
    }

    private mutating func string(in octets: borrowing Span<UInt8>) -> Bool {
        guard take(UInt8(ascii: "\""), in: octets) else { return false }
        while index < octets.count {
            let octet = octets[index]
            index += 1
            switch octet {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard index < octets.count, octets[index].isOne(of: "\"\\") else { return false }
                index += 1
            case 0x20...0x7E: break
            default: return false
            }
        }
        return false
    }
}

extension StructuredDictionaryReader {
    private mutating func take(_ octet: UInt8, in octets: borrowing Span<UInt8>) -> Bool {
        guard index < octets.count, octets[index] == octet else { return false }
        index += 1
        return true
    }

    private mutating func skip(in octets: borrowing Span<UInt8>, while predicate: (UInt8) -> Bool) {
        while index < octets.count, predicate(octets[index]) { index += 1 }
    }

    private mutating func skipSpaces(in octets: borrowing Span<UInt8>) {
        skip(in: octets) { $0 == UInt8(ascii: " ") }
    }

    private mutating func skipBlanks(in octets: borrowing Span<UInt8>) {
        skip(in: octets) { $0.isBlank }
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self }

    fileprivate func isOne(of characters: StaticString) -> Bool {
        for index in 0..<characters.utf8CodeUnitCount where unsafe characters.utf8Start[index] == self { return true }
        return false
    }

    fileprivate var isLetter: Bool { lowercased.isLowercaseLetter }
}
