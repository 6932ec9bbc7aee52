internal import HTTPTypes
internal import Serializers

/// Normalizes header field values for comparison.
enum FieldValue {
    /// Fields that are lists whose elements have, outside of quotes, no case.
    ///
    /// A value may be normalized only as far as the definition of its field allows (RFC 9111 §4.1): RFC 9110 §7.6, §10.1,
    /// §12.5 and §13.1, RFC 9111 §5, RFC 3229 §10.5.3, and the Fetch Standard.
    private static let caselessLists = orderedLists.union([
        "a-im", "accept-charset", "accept-encoding", "access-control-request-headers", "cache-control", "connection",
        "if-match", "if-none-match", "pragma", "te", "trailer",
    ])
    /// Those of them in which the order counts: an origin may take the first of equally preferred elements.
    private static let orderedLists: Set<String> = ["accept", "accept-language"]

    /// The normalized value of all fields with a name.
    ///
    /// Fields are joined with commas, `Cookie` fields with semicolons. White space around commas outside of quotes is
    /// removed. In lists without case, white space around semicolons and empty elements are removed too, and the letters
    /// are in lower case; if their order means nothing, the elements are sorted.
    ///
    /// - Returns: The value, or `nil` if the fields don't contain the name.
    static func normalized(_ name: HTTPField.Name, in fields: HTTPFields) -> [UInt8]? {
        let separator = name == .cookie ? "; " : ", "
        var joined: [UInt8] = []
        var isPresent = false
        for field in fields where field.name == name {
            if isPresent { joined.append(contentsOf: separator.utf8) }
            isPresent = true
            unsafe field.withUnsafeBytesOfValue { unsafe joined.append(contentsOf: $0) }
        }
        guard isPresent else { return nil }
        let isCaseless = caselessLists.contains(name.canonicalName)
        var elements = split(joined).map { isCaseless ? simplified($0) : trimmed($0) }
        if isCaseless { elements.removeAll(where: \.isEmpty) }
        if isCaseless, !orderedLists.contains(name.canonicalName) {
            elements.sort { $0.lexicographicallyPrecedes($1) }
        }
        return Array(elements.joined(separator: ", ".utf8))
    }

    /// Splits at commas outside of quotes.
    private static func split(_ value: [UInt8]) -> [ArraySlice<UInt8>] {
        var elements: [ArraySlice<UInt8>] = []
        var start = 0
        forEachOctet(of: value[...]) { index, isQuoted in
            if value[index] == UInt8(ascii: ","), !isQuoted {
                elements.append(value[start..<index])
                start = index + 1
            }
        }
        return elements + [value[start...]]
    }

    private static func trimmed(_ element: ArraySlice<UInt8>) -> [UInt8] {
        guard let last = element.lastIndex(where: { !$0.isBlank }) else { return [] }
        return Array(element[...last].drop(while: \.isBlank))
    }

    /// Outside of quotes, converts to lower case, removes blanks around semicolons, and replaces other runs of blanks by a
    /// space.
    private static func simplified(_ element: ArraySlice<UInt8>) -> [UInt8] {
        let element = trimmed(element)
        var simple: [UInt8] = []
        var hasPendingBlank = false
        forEachOctet(of: element[...]) { index, isQuoted in
            let octet = element[index]
            if !isQuoted, octet.isBlank {
                hasPendingBlank = true
                return
            }
            let isSemicolon = !isQuoted && octet == UInt8(ascii: ";")
            if hasPendingBlank, !isSemicolon, simple.last != UInt8(ascii: ";") { simple.append(UInt8(ascii: " ")) }
            hasPendingBlank = false
            simple.append(isQuoted ? octet : octet.lowercased)
        }
        return simple
    }

    /// Visits each octet with whether it belongs to a quoted string (RFC 9110 §5.6.4), including its quotes.
    private static func forEachOctet(of octets: ArraySlice<UInt8>, _ visit: (Int, _ isQuoted: Bool) -> Void) {
        var isQuoted = false
        var isEscaped = false
        for index in octets.indices {
            let isQuote = octets[index] == UInt8(ascii: "\"") && !isEscaped
            isEscaped = isQuoted && !isEscaped && octets[index] == UInt8(ascii: "\\")
            visit(index, isQuoted || isQuote)
            if isQuote { isQuoted.toggle() }
        }
    }
}
