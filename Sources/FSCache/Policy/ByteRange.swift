internal import HTTPTypes
internal import Serializers

/// The range that a request asks for (RFC 9110 §14.1.2).
enum ByteRange: Sendable, Equatable {
    /// From an offset to another, both included, or to the end.
    case from(Int, through: Int?)
    /// The last octets.
    case last(Int)

    /// Reads a `Range` field; `nil` when there is none, more than one, or one that makes no sense: the whole is sent then.
    ///
    /// - Parameter fields: The request's header fields.
    init?(_ fields: HTTPFields) {
        let values = fields[values: .range]
        guard values.count == 1, let value = values.first else { return nil }
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        // A list may have empty elements; more than one range is none for us.
        let ranges = parts[1].split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty }
        guard ranges.count == 1, let dash = ranges[0].firstIndex(of: "-") else { return nil }
        let (first, last) = (ranges[0][..<dash], ranges[0][ranges[0].index(after: dash)...])
        switch (Self.number(first), Self.number(last)) {
        case (let first?, let last?) where first <= last: self = .from(first, through: last)
        case (let first?, nil) where last.isEmpty: self = .from(first, through: nil)
        case (nil, let suffix?) where first.isEmpty: self = .last(suffix)
        default: return nil
        }
    }

    /// A number; one that is too large for any content is the largest there is.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int(text) ?? .max
    }

    /// The octets that are meant, where a part of a content has all of them; `nil` where it hasn't, or where that depends on
    /// a length that nobody has told.
    func octets(in part: ContentRange) -> Range<Int>? {
        let meant: Range<Int>?
        if let length = part.completeLength {
            meant = octets(of: length)
        } else if case .from(let first, let last?) = self, last < part.octets.upperBound {
            meant = first..<(last + 1)
        } else {
            meant = nil
        }
        return meant.flatMap { $0.clamped(to: part.octets) == $0 ? $0 : nil }
    }

    /// The octets of a content of some length that are meant; `nil` when there are none (RFC 9110 §15.5.17).
    func octets(of length: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < length else { return nil }
            return first..<min(last.map { $0 == .max ? .max : $0 + 1 } ?? length, length)
        case .last(let count):
            guard count > 0, length > 0 else { return nil }
            return max(0, length - count)..<length
        }
    }
}
