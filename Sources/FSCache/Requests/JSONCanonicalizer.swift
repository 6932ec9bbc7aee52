internal import Foundation
internal import Serializers

/// Writes JSON (RFC 8259) in one canonical form.
///
/// The form has no whitespace, sorts the members of objects by name, and escapes strings as RFC 8785 §3.2.2.2 does.
/// Numbers keep their spelling and arrays their order.
///
/// It is made from the text, not from parsed values, so nothing is rounded or lost: duplicate members keep their order,
/// and the escape of a lone surrogate becomes three octets, as if it were a code point.
struct JSONCanonicalizer {
    /// The maximum nesting depth, so that hostile text can't exhaust the stack.
    static let maximumDepth = 512

    /// A member in the canonical form.
    private struct Member {
        /// The range of the name, colon and value.
        var whole: Range<Int>
        /// The range of the name, without quotes.
        var name: Range<Int>
    }

    /// The canonical form, without ignored members, and with the digests of credentials.
    private(set) var canonical: [UInt8] = []
    /// The ranges of the values of ignored members and of credentials in the text.
    private(set) var secretValues: [Range<Int>] = []

    private var scanner = JSONScanner(allowsLoneSurrogates: true)
    private let matching: RequestMatching
    /// The last string read, without escapes.
    private var string: [UInt8] = []
    /// The path to the current member: names in lower case, each after a dot.
    private var path: [UInt8] = []
    private var isInsideSecret = false

    /// Canonicalizes a text, or fails if it isn't valid JSON in UTF-8 or is nested too deeply.
    ///
    /// A byte order mark is skipped (RFC 8259 §8.1).
    ///
    /// - Parameters:
    ///   - body: The text, in UTF-8.
    ///   - kind: Whether it is one text, or one on each line. Blank lines are left out.
    ///   - matching: Which members are ignored, or hold credentials.
    init?(_ body: Data, of kind: NormalizedBody.Kind = .json, _ matching: RequestMatching) {
        self.matching = matching
        canonical.reserveCapacity(body.count)
        let text = body.span
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { scanner.offset = 3 }
        do {
            guard case .jsonLines = kind else {
                try value(in: text, remainingDepth: Self.maximumDepth)
                try scanner.expectEnd(in: text)
                return
            }
            while scanner.offset < text.count {
                let end = text.firstIndex(of: UInt8(ascii: "\n"), from: scanner.offset) ?? text.count
                let line = text.extracting(0..<end)
                scanner.skipWhitespace(in: line)
                if scanner.offset < end {
                    try value(in: line, remainingDepth: Self.maximumDepth)
                    try scanner.expectEnd(in: line)
                    canonical.append(UInt8(ascii: "\n"))
                }
                scanner.offset = end + 1
            }
        } catch {
            return nil
        }
    }

    private mutating func value(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        switch try scanner.nextByte(in: text, expecting: "a value") {
        case UInt8(ascii: "{"):
            try object(in: text, remainingDepth: remainingDepth)
        case UInt8(ascii: "["):
            try array(in: text, remainingDepth: remainingDepth)
        case UInt8(ascii: "\""):
            appendString(hasEscapes: try scanner.readString(into: &string, from: text))
        default:
            let start = scanner.offset
            try scanner.skipValue(in: text, remainingDepth: remainingDepth)
            canonical.append(text.extracting(start..<scanner.offset))
        }
    }

    private mutating func array(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        try scanner.enter(remainingDepth: remainingDepth, in: text)
        canonical.append(UInt8(ascii: "["))
        if try !scanner.skipClosing(UInt8(ascii: "]"), in: text, expecting: "a value") {
            try value(in: text, remainingDepth: remainingDepth - 1)
            while try scanner.skipComma(orClosing: UInt8(ascii: "]"), in: text, expecting: "','") {
                canonical.append(UInt8(ascii: ","))
                try value(in: text, remainingDepth: remainingDepth - 1)
            }
        }
        canonical.append(UInt8(ascii: "]"))
    }

    private mutating func object(in text: Span<UInt8>, remainingDepth: Int) throws(SerializationError) {
        try scanner.enter(remainingDepth: remainingDepth, in: text)
        canonical.append(UInt8(ascii: "{"))
        let start = canonical.count
        var members: [Member] = []
        if try !scanner.skipClosing(UInt8(ascii: "}"), in: text, expecting: "a name") {
            repeat {
                let member = try member(in: text, isFirst: members.isEmpty, remainingDepth: remainingDepth - 1)
                if let member { members.append(member) }
            } while try scanner.skipComma(orClosing: UInt8(ascii: "}"), in: text, expecting: "','")
        }
        sort(members, from: start)
        canonical.append(UInt8(ascii: "}"))
    }

    /// Appends a member, after a comma if it isn't the first, unless it is ignored.
    private mutating func member(
        in text: Span<UInt8>,
        isFirst: Bool,
        remainingDepth: Int
    ) throws(SerializationError) -> Member? {
        let pathLength = path.count
        let mark = canonical.count
        let hasEscapes = try scanner.readName(into: &string, from: text)
        path.append(UInt8(ascii: "."))
        for octet in string { path.append(octet.lowercased) }

        if !isFirst { canonical.append(UInt8(ascii: ",")) }
        let nameStart = canonical.count
        appendString(hasEscapes: hasEscapes)
        let name = (nameStart + 1)..<(canonical.count - 1)
        try scanner.skipColon(in: text)
        canonical.append(UInt8(ascii: ":"))
        scanner.skipWhitespace(in: text)

        let treatment = isInsideSecret ? .plain : treatmentOfMember
        let valueStart = scanner.offset
        let canonicalStart = canonical.count
        if treatment != .plain { isInsideSecret = true }
        try value(in: text, remainingDepth: remainingDepth)
        path.removeSubrange(pathLength...)
        if treatment != .plain {
            isInsideSecret = false
            secretValues.append(valueStart..<scanner.offset)
            if treatment == .omitted {
                canonical.removeSubrange(mark...)
                return nil
            }
            canonical.replaceWithDigest(from: canonicalStart)
        }
        return Member(whole: nameStart..<canonical.count, name: name)
    }

    /// How the value of the current member is written.
    ///
    /// Ignored names are paths, relative to the content root if there is one. Credentials are also found by their whole
    /// path, and by their own name at any depth.
    private var treatmentOfMember: RequestMatching.Treatment {
        guard matching.hasSecrets else { return .plain }
        let path = path.dropFirst()
        var relative = path
        if let root = matching.contentRoot {
            let isBelow = path.starts(with: root) && path.dropFirst(root.count).first == UInt8(ascii: ".")
            relative = isBelow ? path.dropFirst(root.count + 1) : []
        }
        if matching.ignored.contains(relative.span) { return .omitted }
        let credentials = matching.credentials
        guard
            credentials.contains(relative.span) || credentials.contains(path.span)
                || credentials.containsPart(of: string.span)
        else { return .plain }
        return matching.separatesCredentials ? .digested : .omitted
    }

    /// Sorts the members of the object that starts here by their names, as written.
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

    /// Appends ``string`` in quotes, with escapes unless it had none in the text.
    private mutating func appendString(hasEscapes: Bool) {
        canonical.append(UInt8(ascii: "\""))
        if hasEscapes {
            for octet in string {
                if octet.needsJSONEscape {
                    octet.forEachByteOfJSONEscape { canonical.append($0) }
                } else {
                    canonical.append(octet)
                }
            }
        } else {
            canonical.append(contentsOf: string)
        }
        canonical.append(UInt8(ascii: "\""))
    }
}
