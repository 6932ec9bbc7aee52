/// One pass over a text.
struct SecretPass {
    let text: [UInt8]
    let scanner: SecretScanner
    private(set) var matches: [SecretMatch] = []
    /// Whether something may be escaped.
    private(set) var hasEscapes = false
    /// Where the values of members named `base64` are.
    private(set) var base64: [Range<Int>] = []

    init(_ text: [UInt8], _ scanner: SecretScanner) {
        self.text = text
        self.scanner = scanner
    }

    mutating func run() {
        // Spans of local copies need no reference counting at each octet.
        let (copy, classCopy, pairCopy) = (text, scanner.classes, scanner.tokenPairs)
        let (octets, classes, pairs) = (copy.span, classCopy.span, pairCopy.span)
        let count = octets.count
        var follows: OctetClass = []
        for index in 0..<count {
            let found = classes[Int(octets[index])]
            defer { follows = found }
            guard found.needsAttention else { continue }
            // A token doesn't begin within a word.
            if found.contains(.tokenStart), !follows.contains(.alphanumeric), index + 1 < count,
                let list = tokenList(pairs[Int(octets[index]) << 8 | Int(octets[index + 1])])
            {
                findToken(at: index, list)
            }
            if found.contains(.separator) { findMember(endingAt: index) }
            if found.contains(.at), scanner.findsEmails { findEmail(around: index) }
            if found.contains(.escape) { hasEscapes = true }
            if found.contains(.environmentStart) { findEnvironment(at: index) }
        }
    }

    private mutating func add(_ rule: SecretRule, _ range: Range<Int>) {
        matches.append(SecretMatch(rule, range, of: text))
    }

    private func tokenList(_ number: UInt8) -> Int? { number == 0 ? nil : Int(number) - 1 }

    private mutating func findToken(at start: Int, _ list: Int) {
        for token in scanner.tokens[list] {
            guard let end = token.shape.end(in: text, from: start), token.isSecret(text[start..<end]) else { continue }
            return add(token.rule, start..<end)
        }
    }

    private mutating func findEnvironment(at start: Int) {
        for form in scanner.environment where text.has(form, at: start) {
            return add(.environment, start..<(start + form.count))
        }
    }

    private mutating func findEmail(around at: Int) {
        var (start, end) = (at, at + 1)
        while start > 0, ASCIISet.mailboxes.contains(text[start - 1]) { start -= 1 }
        while end < text.count, ASCIISet.hosts.contains(text[end]) { end += 1 }
        while end > at, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        let labels = text[(at + 1)..<max(end, at + 1)].split(
            separator: UInt8(ascii: "."),
            omittingEmptySubsequences: false
        )
        guard start < at, labels.count > 1, !labels.contains(where: \.isEmpty), let top = labels.last, top.count > 1,
            !top.contains(where: ASCIISet.digits.contains), !Self.isReserved(labels)
        else { return }
        add(.email, start..<end)
    }

    /// Whether a domain belongs to nobody (RFC 2606).
    private static func isReserved(_ labels: [ArraySlice<UInt8>]) -> Bool {
        let names = labels.suffix(2).map { String(decoding: $0, as: UTF8.self).lowercased() }
        return ["example", "test", "invalid", "localhost"].contains(names[1])
            || (names[0] == "example" && ["com", "org", "net"].contains(names[1]))
    }

    /// Examines the value of a member, parameter or header field whose name ends at a separator.
    private mutating func findMember(endingAt separator: Int) {
        if text[separator] == UInt8(ascii: ":"), text.has(Self.slashes, at: separator + 1) {
            return findURLPassword(from: separator + 3)
        }
        guard let name = MemberName(endingAt: separator, in: text), let kind = scanner.names.kind(of: text[name.range]),
            name.isFollowedByValue(in: text)
        else { return }
        let isField = [.field, .cookie, .setCookie].contains(kind)
        guard kind != .base64 else {
            if let range = MemberValue.base64(after: separator, in: text) { base64.append(range) }
            return
        }
        guard let value = MemberValue.scalar(after: separator, isField: isField, in: text) else { return }
        switch kind {
        case .field: findCredentials(value)
        case .cookie, .setCookie: findCookies(value, all: kind == .cookie)
        case .member: if !Placeholder.isIn(text, value) { add(.credentialMember, value) }
        case .awsSecretKey: if !Placeholder.isIn(text, value) { add(.awsSecretKey, value) }
        case .base64: break
        }
    }

    private static let slashes = Array("//".utf8)

    /// Reports the credentials of a field, which may follow an authentication scheme (RFC 9110 §11.6.2).
    private mutating func findCredentials(_ value: Range<Int>) {
        guard !Placeholder.isIn(text, value) else { return }
        let space = text[value].firstIndex(of: UInt8(ascii: " "))
        let start = space.flatMap { text[$0..<value.upperBound].firstIndex { $0 != UInt8(ascii: " ") } }
        let credentials = (start ?? value.lowerBound)..<value.upperBound
        if !Placeholder.isIn(text, credentials), !TokenShapes.isRedactedBasic(text[value]) {
            add(.credentialField, credentials)
        }
    }

    /// Reports the first value of a cookie field that isn't redacted.
    private mutating func findCookies(_ value: Range<Int>, all: Bool) {
        guard !Placeholder.isIn(text, value) else { return }
        let pairs = text[value].split(separator: UInt8(ascii: ";"))
        for pair in pairs.prefix(all ? pairs.count : 1) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let range = (equals + 1)..<pair.endIndex
            if !Placeholder.isIn(text, range) { return add(.cookie, range) }
        }
    }

    /// Reports the password in the authority of a URL (RFC 3986 §3.2.1).
    private mutating func findURLPassword(from start: Int) {
        var (index, colon, at): (Int, Int?, Int?) = (start, nil, nil)
        while index < text.count, !ASCIISet.authorityEnds.contains(text[index]) {
            if text[index] == UInt8(ascii: ":"), colon == nil { colon = index }
            if text[index] == UInt8(ascii: "@") { at = index }
            index += 1
        }
        guard let colon, let at, colon < at, !Placeholder.isIn(text, (colon + 1)..<at) else { return }
        add(.urlPassword, (colon + 1)..<at)
    }
}
