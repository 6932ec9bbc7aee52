internal import HTTPTypes
internal import Serializers

/// The range that a request asks for (RFC 9110 §14.1.2).
enum ByteRange: Sendable, Equatable {
    /// From one offset through another, or to the end if `nil`.
    case from(Int, through: Int?)
    /// The last octets.
    case last(Int)

    /// Reads a `Range` field; `nil` if there is none, more than one, or an invalid one: all content is sent then.
    ///
    /// - Parameter fields: The request's header fields.
    init?(_ fields: HTTPFields) {
        let values = fields[values: .range]
        guard values.count == 1, let value = values.first else { return nil }
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        // A list may have empty elements. Several ranges are treated as no range.
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

    /// Reads a number; one that is too large becomes the largest integer.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int(text) ?? .max
    }

    /// The requested octets, if a part has all of them; `nil` if it hasn't, or if the length needed to tell is unknown.
    func octets(in part: ContentRange) -> Range<Int>? {
        let requested: Range<Int>?
        if let length = part.completeLength {
            requested = octets(of: length)
        } else if case .from(let first, let last?) = self, last < part.octets.upperBound {
            requested = first..<(last + 1)
        } else {
            requested = nil
        }
        return requested.flatMap { $0.clamped(to: part.octets) == $0 ? $0 : nil }
    }

    /// The requested octets of content with this length; `nil` if it has none of them (RFC 9110 §15.5.17).
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

/// Which octets of a representation's content a response carries (RFC 9110 §14.4).
struct ContentRange: Sendable, Hashable {
    /// The octets, counted from the beginning of the complete content.
    var octets: Range<Int>
    /// The length of the complete content; `nil` if it is unknown.
    var completeLength: Int? = nil

    /// Whether these are all octets of the content.
    var isComplete: Bool { completeLength == octets.count }

    /// Whether both can be parts of the same content, judging by the lengths they give.
    func agrees(with other: ContentRange) -> Bool {
        guard let length = completeLength ?? other.completeLength else { return true }
        return (other.completeLength ?? length) == length && octets.upperBound <= length
            && other.octets.upperBound <= length
    }

    /// The union of both; `nil` if octets between them are missing.
    func union(_ other: ContentRange) -> ContentRange? {
        guard octets.lowerBound <= other.octets.upperBound, other.octets.lowerBound <= octets.upperBound else {
            return nil
        }
        let lowerBound = min(octets.lowerBound, other.octets.lowerBound)
        let upperBound = max(octets.upperBound, other.octets.upperBound)
        return ContentRange(octets: lowerBound..<upperBound, completeLength: completeLength ?? other.completeLength)
    }
}

extension ContentRange {
    /// Reads the `Content-Range` field of a 206; `nil` if there is none, more than one, or an invalid one: in another
    /// unit, ending before it begins or beyond the content, or with numbers that are too large.
    init?(_ fields: HTTPFields) {
        let values = fields[values: .contentRange]
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes", let slash = parts[1].firstIndex(of: "/"),
            let dash = parts[1][..<slash].firstIndex(of: "-"),
            let first = Self.number(parts[1][..<dash]),
            let last = Self.number(parts[1][parts[1].index(after: dash)..<slash]),
            first <= last, last < .max
        else { return nil }
        let length = parts[1][parts[1].index(after: slash)...]
        if length != "*" {
            guard let number = Self.number(length), last < number else { return nil }
            completeLength = number
        }
        octets = first..<(last + 1)
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy(\.isDigit) ? Int(text) : nil
    }
}

extension ContentRange: CustomStringConvertible {
    /// The field value, such as `bytes 0-4/10`, or `bytes 0-4/*`.
    var description: String {
        "bytes \(octets.lowerBound)-\(octets.upperBound - 1)/\(completeLength.map(String.init) ?? "*")"
    }
}
