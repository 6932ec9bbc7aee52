internal import Synchronization

/// A glob or a regular expression that URLs are matched against.
///
/// A glob ignores the scheme, and `*` stands for any characters, including `/`. It matches a URL and everything below it:
/// `example.com/api` matches `https://example.com/api`, `…/api/items` and `…/api?page=2`, but not `…/apix`.
///
/// Patterns are matched against normalized URLs, whose scheme and host are in lower case. Matching is case-sensitive.
public struct URLPattern: Sendable {
    private enum Storage: Sendable {
        case glob([UInt8])
        case regex(RegexBox)
    }

    private let storage: Storage

    /// Makes a pattern from a glob.
    ///
    /// - Parameter glob: The glob. A scheme in front of it is ignored.
    /// - Returns: The pattern.
    public static func glob(_ glob: String) -> URLPattern {
        URLPattern(storage: .glob(Array(withoutScheme(glob[...].utf8))))
    }

    /// Makes a pattern from a regular expression, which is searched for in the whole URL, including its scheme.
    ///
    /// - Parameter regex: The regular expression.
    /// - Returns: The pattern.
    public static func regex(_ regex: sending Regex<AnyRegexOutput>) -> URLPattern {
        URLPattern(storage: .regex(RegexBox(regex)))
    }

    /// Makes a pattern from a regular expression literal, which is searched for in the whole URL, including its scheme.
    ///
    /// - Parameter regex: The regular expression.
    /// - Returns: The pattern.
    public static func regex<Output>(_ regex: sending Regex<Output>) -> URLPattern {
        .regex(Regex<AnyRegexOutput>(regex))
    }

    /// Whether a normalized URL matches.
    package func matches(_ url: String) -> Bool {
        switch storage {
        case .glob(let glob): Self.matches(glob, Array(Self.withoutScheme(url[...].utf8)))
        case .regex(let box): box.isFound(in: url)
        }
    }

    private static func withoutScheme(_ url: Substring.UTF8View) -> Substring.UTF8View {
        guard let colon = url.firstIndex(of: UInt8(ascii: ":")) else { return url }
        let rest = url[colon...]
        guard rest.starts(with: "://".utf8) else { return url }
        return rest.dropFirst(3)
    }

    /// Matches without recursion: going back to the last star is enough, so each star costs time linear in the text.
    private static func matches(_ glob: [UInt8], _ text: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        let isOpenEnded = glob.last == star || glob.last == UInt8(ascii: "/")
        var (inGlob, inText) = (0, 0)
        var lastStar: (inGlob: Int, inText: Int)?
        while true {
            if inGlob == glob.count {
                if isOpenEnded || inText == text.count || "/?#".utf8.contains(text[inText]) { return true }
            } else if glob[inGlob] == star {
                lastStar = (inGlob, inText)
                inGlob += 1
                continue
            } else if inText < text.count, glob[inGlob] == text[inText] {
                inGlob += 1
                inText += 1
                continue
            }
            guard let star = lastStar, star.inText < text.count else { return false }
            lastStar = (star.inGlob, star.inText + 1)
            (inGlob, inText) = (star.inGlob + 1, star.inText + 1)
        }
    }
}

extension URLPattern: ExpressibleByStringLiteral {
    /// Makes a pattern from a glob.
    public init(stringLiteral value: String) {
        self = .glob(value)
    }
}

/// Makes a regular expression safe to share: `Regex` isn't `Sendable`, because its transforms may run any code.
private final class RegexBox: Sendable {
    private let regex: Mutex<Regex<AnyRegexOutput>>

    init(_ regex: sending Regex<AnyRegexOutput>) {
        self.regex = Mutex(regex)
    }

    func isFound(in text: String) -> Bool {
        regex.withLock { text.contains($0) }
    }
}
