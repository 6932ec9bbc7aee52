/// The shape of a token: pieces that follow each other.
struct TokenShape: Sendable {
    /// A piece of a token: fixed text, or characters of a set.
    ///
    /// A run takes as many characters as there are, so a longer one than the shape allows doesn't match.
    enum Piece: Sendable, ExpressibleByStringLiteral {
        case text([UInt8])
        case run(ASCIISet, ClosedRange<Int>)

        init(stringLiteral text: String) { self = .text(Array(text.utf8)) }

        static func digits(_ count: ClosedRange<Int>) -> Piece { .run(.digits, count) }
        static func hex(_ count: Int) -> Piece { .run(.lowercaseHex, count...count) }
        static func upper(_ count: Int) -> Piece { .run(.uppercaseAlphanumerics, count...count) }
        static func letters(_ count: Int) -> Piece { .run(.alphanumerics, count...count) }
        static func letters(atLeast count: Int) -> Piece { .run(.alphanumerics, count...maximumLength) }
        static func base64(atLeast count: Int) -> Piece { .run(.base64, count...maximumLength) }
        static func base64URL(_ count: Int) -> Piece { .run(.base64URL, count...count) }
        static func base64URL(atLeast count: Int) -> Piece { .run(.base64URL, count...maximumLength) }
        static func path(atLeast count: Int) -> Piece { .run(.path, count...maximumLength) }

        private static let maximumLength = 8192
    }

    let pieces: [Piece]

    /// Where the token ends that begins at an index, or `nil` if none begins there.
    func end(in text: [UInt8], from start: Int) -> Int? {
        var index = start
        for piece in pieces {
            switch piece {
            case .text(let expected):
                guard text.has(expected, at: index) else { return nil }
                index += expected.count
            case .run(let set, let lengths):
                let begin = index
                while index < text.count, index - begin <= lengths.upperBound, set.contains(text[index]) { index += 1 }
                guard lengths.contains(index - begin) else { return nil }
            }
        }
        return index
    }

    /// The pairs of octets with which the token can begin.
    var firstPairs: [(UInt8, UInt8)] {
        let octets = pieces.prefix(2).flatMap { piece -> [[UInt8]] in
            switch piece {
            case .text(let text): text.prefix(2).map { [$0] }
            case .run(let set, _): [set.members, set.members]
            }
        }
        return octets[0].flatMap { first in octets[1].map { (first, $0) } }
    }
}

/// A set of ASCII characters.
struct ASCIISet: Sendable {
    private let low: UInt64
    private let high: UInt64

    init(_ characters: String) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for octet in characters.utf8 {
            if octet < 64 { low |= 1 << UInt64(octet) } else if octet < 128 { high |= 1 << UInt64(octet - 64) }
        }
        (self.low, self.high) = (low, high)
    }

    func contains(_ octet: UInt8) -> Bool {
        octet < 128 && (octet < 64 ? low : high) &>> UInt64(octet & 63) & 1 == 1
    }

    var members: [UInt8] { (0..<128).filter(contains) }

    private static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    static let digits = ASCIISet("0123456789")
    static let lowercaseHex = ASCIISet("0123456789abcdef")
    static let uppercaseAlphanumerics = ASCIISet("\(upper)0123456789")
    static let alphanumerics = ASCIISet("\(upper)\(upper.lowercased())0123456789")
    static let base64 = ASCIISet("\(upper)\(upper.lowercased())0123456789+/")
    static let base64URL = ASCIISet("\(upper)\(upper.lowercased())0123456789-_")
    static let path = ASCIISet("\(upper)\(upper.lowercased())0123456789-_/")
    static let names = base64URL
    static let mailboxes = ASCIISet("\(upper)\(upper.lowercased())0123456789-_.+")
    static let hosts = ASCIISet("\(upper)\(upper.lowercased())0123456789-.")
    /// Octets that end the authority of a URL, as it stands in text.
    static let authorityEnds = ASCIISet("/?#\"'<>`\\ \t\r\n|")
    /// Octets that end a value without quotes.
    static let valueEnds = ASCIISet("&;,\"'<>)]}\\ \t\r\n#")
    /// Octets that end the value of a header field, as it stands in text.
    static let fieldEnds = ASCIISet("\"\\\r\n")
    /// Octets after which the name of a member or parameter may begin.
    static let nameStarts = ASCIISet("?&;#\"'{[,<\n\r")
}

extension [UInt8] {
    /// Whether these octets stand at an index.
    func has(_ octets: [UInt8], at start: Int) -> Bool {
        guard start >= 0, start + octets.count <= count else { return false }
        for index in octets.indices where self[start + index] != octets[index] { return false }
        return true
    }
}
