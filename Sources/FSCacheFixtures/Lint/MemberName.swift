internal import Serializers

/// The name before a separator: of a JSON or YAML member, a parameter, a header field or an XML element.
struct MemberName {
    let range: Range<Int>
    private let isQuoted: Bool
    private let separator: Int

    private static let maximumLength = 64

    /// Finds the name that ends at a separator, or `nil` if there is none.
    init?(endingAt separator: Int, in text: [UInt8]) {
        var end = separator
        while end > 0, text[end - 1].isBlank { end -= 1 }
        let quote = end > 0 ? text[end - 1] : 0
        isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        if isQuoted || quote == UInt8(ascii: "]") { end -= 1 }
        var start = end
        while start > 0, end - start < Self.maximumLength, ASCIISet.names.contains(text[start - 1]) { start -= 1 }
        guard end - start > 2 else { return nil }
        range = start..<end
        self.separator = separator
    }

    /// Whether this is the name of a value, and not a word of prose or of a program.
    func isFollowedByValue(in text: [UInt8]) -> Bool {
        let next = separator + 1 < text.count ? text[separator + 1] : UInt8(ascii: "\n")
        let before = range.lowerBound > 0 ? text[range.lowerBound - 1] : UInt8(ascii: "\n")
        switch text[separator] {
        case UInt8(ascii: ">"):
            return before == UInt8(ascii: "<")
        case UInt8(ascii: ":"):
            if isQuoted { return true }
            return (next.isBlank || next == UInt8(ascii: "\"") || next == UInt8(ascii: "'"))
                && begins(after: before, in: text, at: [UInt8(ascii: "-"), UInt8(ascii: "{"), UInt8(ascii: ",")])
        default:
            return next != UInt8(ascii: "=") && next != UInt8(ascii: ">")
                && (isQuoted
                    || begins(after: before, in: text, at: [UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ";")]))
        }
    }

    /// Whether the name begins where one can: at the beginning of a line, after a character that separates parameters, or
    /// after blanks and one of some other characters.
    private func begins(after before: UInt8, in text: [UInt8], at others: [UInt8]) -> Bool {
        guard before.isBlank else { return ASCIISet.nameStarts.contains(before) }
        var index = range.lowerBound
        while index > 0, text[index - 1].isBlank { index -= 1 }
        guard index > 0 else { return true }
        return text[index - 1] == UInt8(ascii: "\n") || others.contains(text[index - 1])
    }
}
