extension TargetURL {
    /// Parses a URL that can be sent unchanged, the usual case, in one scan.
    ///
    /// The result is `nil` for invalid URLs and for those that have a port, credentials, or anything to normalize:
    /// these need the complete parser.
    init?(plain text: String) {
        let target = unsafe text.utf8.withContiguousStorageIfAvailable { octets -> TargetURL? in
            guard let (scheme, authorityStart) = Self.scheme(of: unsafe octets.span),
                let authorityEnd = Self.end(ofPlainHost: unsafe octets.span, from: authorityStart),
                Self.isPlain(target: unsafe octets.span, from: authorityEnd)
            else { return nil }
            return TargetURL(
                scheme: scheme,
                authority: unsafe String(decoding: octets[authorityStart..<authorityEnd], as: UTF8.self),
                path: unsafe String(decoding: octets[authorityEnd...], as: UTF8.self)
            )
        }
        guard let target = target ?? nil else { return nil }
        self = target
    }

    /// The scheme, and the index at which the authority begins.
    private static func scheme(of text: borrowing Span<UInt8>) -> (scheme: String, authorityStart: Int)? {
        if starts(text, with: "https://") { return ("https", 8) }
        if starts(text, with: "http://") { return ("http", 7) }
        return nil
    }

    private static func starts(_ text: borrowing Span<UInt8>, with prefix: StaticString) -> Bool {
        guard text.count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where unsafe text[index] != prefix.utf8Start[index] { return false }
        return true
    }

    /// The end of a lower-case host that is followed by a path.
    private static func end(ofPlainHost text: borrowing Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < text.count, text[index].isPlainInNormalHost { index += 1 }
        return index > start && index < text.count && text[index] == UInt8(ascii: "/") ? index : nil
    }

    /// Whether path and query can be sent unchanged: nothing to escape, no dot segment, no fragment.
    private static func isPlain(target text: borrowing Span<UInt8>, from start: Int) -> Bool {
        var previous: UInt8 = 0
        var isInPath = true
        for index in start..<text.count {
            let octet = text[index]
            if octet == UInt8(ascii: "?") {
                isInPath = false
            } else if octet == UInt8(ascii: "%") {
                if text.escapedOctet(at: index) == nil { return false }
            } else if !octet.isPlainInPath {
                return false
            } else if isInPath, octet == UInt8(ascii: "."), previous == UInt8(ascii: "/") {
                return false
            }
            previous = octet
        }
        return true
    }
}
