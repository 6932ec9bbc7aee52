internal import Serializers

/// A cache directive that this cache understands (RFC 9111 §5.2, RFC 5861, RFC 8246).
enum Directive {
    case immutable
    case maxAge
    case maxStale
    case minFresh
    case mustRevalidate
    case mustUnderstand
    case noCache
    case noStore
    case onlyIfCached
    case `private`
    case proxyRevalidate
    case `public`
    case sharedMaxAge
    case staleIfError
    case staleWhileRevalidate

    /// Finds a directive by name, regardless of case; `nil` if it is unknown (RFC 9111 §5.2.3).
    init?(_ octets: borrowing Span<UInt8>, name: Range<Int>) {
        switch name.count {
        case 6 where octets.equals(name, "public"): self = .public
        case 7 where octets.equals(name, "max-age"): self = .maxAge
        case 7 where octets.equals(name, "private"): self = .private
        case 8 where octets.equals(name, "no-cache"): self = .noCache
        case 8 where octets.equals(name, "no-store"): self = .noStore
        case 8 where octets.equals(name, "s-maxage"): self = .sharedMaxAge
        case 9 where octets.equals(name, "immutable"): self = .immutable
        case 9 where octets.equals(name, "max-stale"): self = .maxStale
        case 9 where octets.equals(name, "min-fresh"): self = .minFresh
        case 14 where octets.equals(name, "only-if-cached"): self = .onlyIfCached
        case 14 where octets.equals(name, "stale-if-error"): self = .staleIfError
        case 15 where octets.equals(name, "must-revalidate"): self = .mustRevalidate
        case 15 where octets.equals(name, "must-understand"): self = .mustUnderstand
        case 16 where octets.equals(name, "proxy-revalidate"): self = .proxyRevalidate
        case 22 where octets.equals(name, "stale-while-revalidate"): self = .staleWhileRevalidate
        default: return nil
        }
    }
}

/// Splits a `Cache-Control` value into directives: `#( token [ "=" ( token / quoted-string ) ] )` (RFC 9111 §5.2).
///
/// Nothing is copied: names and arguments are ranges of the octets.
struct DirectiveReader {
    /// One directive of a list.
    struct Element {
        /// The range of its name.
        var name: Range<Int>
        /// The range of its argument, without quotes; `nil` if there is none.
        var argument: Range<Int>?
    }

    private var index: Int
    private let end: Int

    /// Makes a reader of a complete value.
    init(_ octets: borrowing Span<UInt8>) {
        self.init(octets.indices)
    }

    /// Makes a reader of a part of a value, such as a list of field names in an argument.
    init(_ range: Range<Int>) {
        index = range.lowerBound
        end = range.upperBound
    }

    /// Reads the next directive, or `nil` at the end.
    ///
    /// Elements without a name are skipped.
    mutating func next(in octets: borrowing Span<UInt8>) -> Element? {
        while true {
            skip(in: octets) { $0.isBlank || $0 == UInt8(ascii: ",") }
            guard index < end else { return nil }
            let name = take(in: octets) { !$0.isBlank && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
            skip(in: octets) { $0.isBlank }
            var argument: Range<Int>?
            if index < end, octets[index] == UInt8(ascii: "=") {
                index += 1
                skip(in: octets) { $0.isBlank }
                let isQuoted = index < end && octets[index] == UInt8(ascii: "\"")
                argument = isQuoted ? quoted(in: octets) : take(in: octets) { !$0.isBlank && $0 != UInt8(ascii: ",") }
            }
            // Ignore anything between an argument and the next comma.
            skip(in: octets) { $0 != UInt8(ascii: ",") }
            if !name.isEmpty { return Element(name: name, argument: argument) }
        }
    }

    private mutating func skip(in octets: borrowing Span<UInt8>, while predicate: (UInt8) -> Bool) {
        while index < end, predicate(octets[index]) { index += 1 }
    }

    private mutating func take(in octets: borrowing Span<UInt8>, while predicate: (UInt8) -> Bool) -> Range<Int> {
        let start = index
        skip(in: octets, while: predicate)
        return start..<index
    }

    /// The contents of a quoted string, up to the end if the closing quote is missing.
    private mutating func quoted(in octets: borrowing Span<UInt8>) -> Range<Int> {
        index += 1
        let start = index
        while index < end {
            switch octets[index] {
            case UInt8(ascii: "\""):
                index += 1
                return start..<(index - 1)
            case UInt8(ascii: "\\"): index = min(index + 2, end)
            default: index += 1
            }
        }
        return start..<index
    }
}
