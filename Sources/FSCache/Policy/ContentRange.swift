internal import HTTPTypes
internal import Serializers

/// Which octets of a representation's content a response carries (RFC 9110 §14.4).
struct ContentRange: Sendable, Hashable {
    /// The octets, counted from the beginning of the whole.
    var octets: Range<Int>
    /// How many octets the whole has; `nil` where nobody has told.
    var completeLength: Int? = nil

    /// Whether these are all octets that there are.
    var isComplete: Bool { completeLength == octets.count }

    /// Whether both can be of one content, as far as their lengths tell.
    func agrees(with other: ContentRange) -> Bool {
        guard let length = completeLength ?? other.completeLength else { return true }
        return (other.completeLength ?? length) == length && octets.upperBound <= length
            && other.octets.upperBound <= length
    }

    /// Both together; `nil` where octets between them are missing.
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
    /// Reads the `Content-Range` field of a 206; `nil` where there is none, more than one, or one that can't be: of another
    /// unit, with ends that are the wrong way round or behind the content's, or with numbers too large to count by.
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
