/// Reads JSON (RFC 8259) and writes it in one canonical form.
///
/// That is: without white space, members of objects sorted by name, strings escaped as in RFC 8785 §3.2.2.2. Numbers
/// keep their spelling, arrays their order.
///
/// It works on the text, not on values, so that nothing is rounded and nothing is lost: duplicate members stay, in
/// their order, and escapes of lone surrogates become three octets each, as if they were code points.
struct JSONCanonicalizer {
    /// Arrays and objects nest at most this deep; deeper text is refused, so that it can't exhaust the stack.
    static let maximumDepth = 512

    private struct Malformed: Error {}

    /// Where a member stands in the canonical form, and where its name does, without quotes.
    private struct Member {
        var whole: Range<Int>
        var name: Range<Int>
    }

    /// The canonical form, without ignored members.
    private(set) var canonical: [UInt8] = []
    /// Where the values of ignored members stand in the text.
    private(set) var ignoredValues: [Range<Int>] = []

    private let text: [UInt8]
    private let matching: RequestMatching
    private var index = 0
    /// The last string that was read, decoded.
    private var string: [UInt8] = []
    /// The names that lead to the current member, in lower case, each after a dot.
    private var path: [UInt8] = []
    private var isInsideIgnored = false

    /// Reads a text, unless it is no valid JSON, no UTF-8, or nested too deep.
    ///
    /// - Parameters:
    ///   - text: The text to read, in UTF-8.
    ///   - matching: Which members are ignored.
    init?(_ text: [UInt8], matching: RequestMatching) {
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        self.text = text
        self.matching = matching
        canonical.reserveCapacity(text.count)
        do throws(Malformed) {
            try value(depth: 1)
            skipBlanks()
        } catch {
            return nil
        }
        guard index == text.count else { return nil }
    }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipBlanks() {
        while let next, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { index += 1 }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(Malformed) {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"):
            guard depth <= Self.maximumDepth else { throw Malformed() }
            try object(depth: depth)
        case UInt8(ascii: "["):
            guard depth <= Self.maximumDepth else { throw Malformed() }
            try array(depth: depth)
        case UInt8(ascii: "\""):
            try readString()
            appendString()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
    }

    private mutating func array(depth: Int) throws(Malformed) {
        index += 1
        canonical.append(UInt8(ascii: "["))
        skipBlanks()
        if !take(UInt8(ascii: "]")) {
            while true {
                try value(depth: depth + 1)
                skipBlanks()
                if take(UInt8(ascii: "]")) { break }
                guard take(UInt8(ascii: ",")) else { throw Malformed() }
                canonical.append(UInt8(ascii: ","))
            }
        }
        canonical.append(UInt8(ascii: "]"))
    }

    private mutating func object(depth: Int) throws(Malformed) {
        index += 1
        canonical.append(UInt8(ascii: "{"))
        let start = canonical.count
        var members: [Member] = []
        skipBlanks()
        if !take(UInt8(ascii: "}")) {
            while true {
                if let member = try member(isFirst: members.isEmpty, depth: depth) { members.append(member) }
                skipBlanks()
                if take(UInt8(ascii: "}")) { break }
                guard take(UInt8(ascii: ",")) else { throw Malformed() }
            }
        }
        sort(members, from: start)
        canonical.append(UInt8(ascii: "}"))
    }

    /// Reads a member and appends it, after a comma if it is not the first, unless it is ignored.
    private mutating func member(isFirst: Bool, depth: Int) throws(Malformed) -> Member? {
        let pathLength = path.count
        let mark = canonical.count
        skipBlanks()
        try readString()
        path.append(UInt8(ascii: "."))
        for octet in string { path.append(octet.lowercased) }

        if !isFirst { canonical.append(UInt8(ascii: ",")) }
        let nameStart = canonical.count
        appendString()
        let name = (nameStart + 1)..<(canonical.count - 1)
        skipBlanks()
        guard take(UInt8(ascii: ":")) else { throw Malformed() }
        canonical.append(UInt8(ascii: ":"))
        skipBlanks()

        let isIgnored = !isInsideIgnored && isPathIgnored
        let valueStart = index
        if isIgnored { isInsideIgnored = true }
        try value(depth: depth + 1)
        path.removeSubrange(pathLength...)
        if isIgnored {
            isInsideIgnored = false
            ignoredValues.append(valueStart..<index)
            canonical.removeSubrange(mark...)
            return nil
        }
        return Member(whole: nameStart..<canonical.count, name: name)
    }

    private var isPathIgnored: Bool {
        guard !matching.ignored.isEmpty else { return false }
        let path = path.dropFirst()
        guard let root = matching.contentRoot else { return matching.ignored.contains(path) }
        let rest = path.dropFirst(root.count)
        guard path.starts(with: root), rest.first == UInt8(ascii: ".") else { return false }
        return matching.ignored.contains(rest.dropFirst())
    }

    /// Brings the members that were appended last in the order of their names, as they are written here.
    private mutating func sort(_ members: [Member], from start: Int) {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { canonical.isOrdered($0.name, $1.name) }
        if isSorted { return }
        let unsorted = Array(canonical[start...])
        canonical.removeSubrange(start...)
        func moved(_ range: Range<Int>) -> Range<Int> { (range.lowerBound - start)..<(range.upperBound - start) }
        for (position, member) in unsorted.sorted(members, byName: { moved($0.name) }).enumerated() {
            if position > 0 { canonical.append(UInt8(ascii: ",")) }
            canonical.append(contentsOf: unsorted[moved(member.whole)])
        }
    }

    private mutating func literal(_ word: StaticString) throws(Malformed) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard let next, unsafe next == word.utf8Start[offset] else { throw Malformed() }
            canonical.append(next)
            index += 1
        }
    }

    private mutating func number() throws(Malformed) {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        canonical.append(contentsOf: text[start..<index])
    }

    private mutating func digits() throws(Malformed) {
        guard let next, next.isDigit else { throw Malformed() }
        while let next = self.next, next.isDigit { index += 1 }
    }
}

extension JSONCanonicalizer {
    /// Reads a string into ``string``.
    private mutating func readString() throws(Malformed) {
        guard take(UInt8(ascii: "\"")) else { throw Malformed() }
        string.removeAll(keepingCapacity: true)
        while true {
            let start = index
            while let next, next >= 0x20, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { index += 1 }
            string.append(contentsOf: text[start..<index])
            if take(UInt8(ascii: "\"")) { return }
            guard take(UInt8(ascii: "\\")) else { throw Malformed() }
            try readEscape()
        }
    }

    private mutating func readEscape() throws(Malformed) {
        guard let octet = next else { throw Malformed() }
        index += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): string.append(octet)
        case UInt8(ascii: "b"): string.append(0x08)
        case UInt8(ascii: "t"): string.append(0x09)
        case UInt8(ascii: "n"): string.append(0x0A)
        case UInt8(ascii: "f"): string.append(0x0C)
        case UInt8(ascii: "r"): string.append(0x0D)
        case UInt8(ascii: "u"): try readUnicodeEscape()
        default: throw Malformed()
        }
    }

    private mutating func readUnicodeEscape() throws(Malformed) {
        guard let unit = hexadecimalUnit(at: index) else { throw Malformed() }
        index += 4
        if 0xD800..<0xDC00 ~= unit, index + 1 < text.count, text[index] == UInt8(ascii: "\\"),
            text[index + 1] == UInt8(ascii: "u"), let low = hexadecimalUnit(at: index + 2), 0xDC00..<0xE000 ~= low
        {
            index += 6
            appendCodePoint(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        } else {
            appendCodePoint(unit)
        }
    }

    private func hexadecimalUnit(at start: Int) -> UInt32? {
        guard start + 4 <= text.count else { return nil }
        var unit: UInt32 = 0
        for octet in text[start..<(start + 4)] {
            guard let value = octet.hexadecimalValue else { return nil }
            unit = unit << 4 | UInt32(value)
        }
        return unit
    }

    /// Appends a code point in UTF-8; a surrogate too, by the same arithmetic.
    private mutating func appendCodePoint(_ value: UInt32) {
        func trailing(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift & 0x3F | 0x80) }
        switch value {
        case ..<0x80:
            string.append(UInt8(truncatingIfNeeded: value))
        case ..<0x800:
            string += [UInt8(truncatingIfNeeded: value >> 6 | 0xC0), trailing(0)]
        case ..<0x10000:
            string += [UInt8(truncatingIfNeeded: value >> 12 | 0xE0), trailing(6), trailing(0)]
        default:
            string += [UInt8(truncatingIfNeeded: value >> 18 | 0xF0), trailing(12), trailing(6), trailing(0)]
        }
    }

    /// Appends ``string`` in quotes, with the escapes that it needs.
    private mutating func appendString() {
        canonical.append(UInt8(ascii: "\""))
        if string.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            canonical.append(contentsOf: string)
        } else {
            appendEscapedString()
        }
        canonical.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscapedString() {
        for octet in string {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): canonical += [UInt8(ascii: "\\"), octet]
            case 0x08: canonical += "\\b".utf8
            case 0x09: canonical += "\\t".utf8
            case 0x0A: canonical += "\\n".utf8
            case 0x0C: canonical += "\\f".utf8
            case 0x0D: canonical += "\\r".utf8
            case 0x00..<0x20:
                canonical += "\\u00".utf8
                canonical.append(octet < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                let digit = octet & 15
                canonical.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            default: canonical.append(octet)
            }
        }
    }
}
