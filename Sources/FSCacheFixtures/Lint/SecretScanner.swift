/// Finds secrets in text of any format, whether it is valid or not.
///
/// The text is read once octet by octet. What is escaped, or is base64 in a member of this name, is decoded and read again.
package struct SecretScanner: Sendable {
    let names = CredentialNames()
    let environment: [[UInt8]]
    let findsEmails: Bool
    private let allowed: Set<SecretRule>
    /// What to look for at each octet.
    let classes: [OctetClass]
    /// For each pair of octets, in the order of the first one and then the second: the number of the list in ``tokens``, from
    /// 1, of the tokens that can begin with it, or 0.
    let tokenPairs: [UInt8]
    let tokens: [[Token]]

    /// A shape, and what it is the shape of.
    struct Token: Sendable {
        let rule: SecretRule
        let shape: TokenShape
        /// Whether text of the shape is a secret indeed.
        let isSecret: @Sendable (ArraySlice<UInt8>) -> Bool
    }

    /// How often text is decoded within text that was decoded.
    private static let maximumDepth = 3

    /// Makes a scanner.
    ///
    /// - Parameters:
    ///   - findsEmails: Whether e-mail addresses are reported.
    ///   - environment: Values that are reported wherever they stand.
    ///   - allowed: Rules that report nothing.
    package init(findsEmails: Bool = false, environment: [EnvironmentSecret] = [], allowed: Set<SecretRule> = []) {
        self.findsEmails = findsEmails
        self.allowed = allowed
        self.environment = environment.flatMap(\.forms)
        var pairs = [UInt8](repeating: 0, count: 1 << 16)
        var tokens: [[Token]] = []
        var classes = (0...255).map { OctetClass(octet: $0) }
        for family in TokenShapes.all where !allowed.contains(family.rule) {
            for shape in family.shapes {
                for (first, second) in shape.firstPairs {
                    let pair = Int(first) << 8 | Int(second)
                    if pairs[pair] == 0 {
                        tokens.append([])
                        pairs[pair] = UInt8(tokens.count)
                    }
                    let token = Token(rule: family.rule, shape: shape, isSecret: family.isSecret)
                    tokens[Int(pairs[pair]) - 1].append(token)
                    classes[Int(first)].insert(.tokenStart)
                }
            }
        }
        for form in self.environment { classes[Int(form[0])].insert(.environmentStart) }
        tokenPairs = pairs
        self.tokens = tokens
        self.classes = classes
    }

    /// The secrets in a text, in its order.
    ///
    /// Of secrets that overlap, such as a token in a header field, one is returned.
    package func matches(in text: [UInt8]) -> [SecretMatch] {
        let found = matches(in: text, depth: 0).filter { !allowed.contains($0.rule) }
            .sorted { ($0.range.lowerBound, -$0.range.count) < ($1.range.lowerBound, -$1.range.count) }
        var end = 0
        return found.filter { match in
            defer { end = max(end, match.range.upperBound) }
            return match.range.upperBound > end
        }
    }

    /// The secrets in a text and in what is decoded from it, where they stand in the text.
    private func matches(in text: [UInt8], depth: Int) -> [SecretMatch] {
        var pass = SecretPass(text, self)
        pass.run()
        guard depth < Self.maximumDepth else { return pass.matches }
        var found = pass.matches
        if pass.hasEscapes, let decoded = DecodedText(escapesIn: text) {
            for match in matches(in: decoded.octets, depth: depth + 1) {
                // The last octet, because an escape after it isn't a part of the match.
                let last = decoded.origin(of: match.range.upperBound - 1)
                found.append(match.moved(to: decoded.origin(of: match.range.lowerBound)..<(last + 1)))
            }
        }
        for range in pass.base64 {
            for match in matches(in: Base64.decoded(text[range]), depth: depth + 1) {
                let digits = range.filter { Base64.value(of: text[$0]) != nil }
                let end = min(digits.count - 1, (match.range.upperBound * 4 + 2) / 3 - 1)
                found.append(match.moved(to: digits[match.range.lowerBound * 4 / 3]..<(digits[end] + 1)))
            }
        }
        return found
    }
}

/// What may begin or stand at an octet.
struct OctetClass: OptionSet, Sendable {
    let rawValue: UInt8

    static let alphanumeric = OctetClass(rawValue: 1)
    /// The end of the name of a member, of a URL's scheme, or of an XML tag.
    static let separator = OctetClass(rawValue: 2)
    static let at = OctetClass(rawValue: 4)
    static let escape = OctetClass(rawValue: 8)
    static let tokenStart = OctetClass(rawValue: 16)
    static let environmentStart = OctetClass(rawValue: 32)

    /// Whether it is more than a part of a word.
    var needsAttention: Bool { rawValue > Self.alphanumeric.rawValue }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(octet: UInt8) {
        switch octet {
        case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: ">"): self = .separator
        case UInt8(ascii: "@"): self = .at
        case UInt8(ascii: "\\"), UInt8(ascii: "%"): self = .escape
        default: self = ASCIISet.alphanumerics.contains(octet) ? .alphanumeric : []
        }
    }
}

extension SecretMatch {
    func moved(to range: Range<Int>) -> SecretMatch {
        var moved = self
        moved.range = range
        return moved
    }
}
