package import HTTPTypes
internal import Serializers

/// A set of header field names that rejects most other names by their length, without hashing them.
struct FieldNames: Sendable, ExpressibleByArrayLiteral {
    private let names: Set<HTTPField.Name>
    /// The lengths of the names, one bit for each.
    private let lengths: UInt64

    /// Takes names, each of fewer than 64 characters.
    init(arrayLiteral names: HTTPField.Name...) {
        self.names = Set(names)
        lengths = names.reduce(0) { lengths, name in lengths | 1 << name.canonicalName.utf8.count }
    }

    /// Whether a name is one of these.
    func contains(_ name: HTTPField.Name) -> Bool {
        // Shifting 1 by 64 or more gives 0.
        lengths & 1 << name.canonicalName.utf8.count != 0 && names.contains(name)
    }
}

extension FieldNames: Sequence {
    func makeIterator() -> Set<HTTPField.Name>.Iterator { names.makeIterator() }
}

/// Which header fields of a response are stored (RFC 9111 §3.1).
package enum StorableFields {
    /// The fields of a response that may be stored: all except connection and proxy fields, and those that the response
    /// itself excludes.
    ///
    /// - Parameters:
    ///   - fields: The received fields.
    ///   - isShared: Whether the cache is shared, so that `private="…"` counts.
    ///   - limitsFields: Whether there are directives that name fields.
    /// - Returns: The fields to store, in the same order.
    static func select(_ fields: HTTPFields, isShared: Bool, limitsFields: Bool) -> HTTPFields {
        var excluded = connectionOptions(of: fields)
        if limitsFields { excluded.formUnion(CacheControl.limitedFields(in: fields, isShared: isShared)) }
        var selected = HTTPFields()
        selected.reserveCapacity(fields.count)
        for field in fields where !isOfConnection(field.name) && !excluded.contains(field.name.canonicalName) {
            selected.append(field)
        }
        return selected
    }

    /// The names, in lower case, that `Connection` lists (RFC 9110 §7.6.1).
    package static func connectionOptions(of fields: HTTPFields) -> Set<String> {
        var names: Set<String> = []
        for field in fields where field.name == .connection {
            field.withOctets { octets in
                var list = DirectiveReader(octets)
                while let name = list.next(in: octets)?.name { names.insert(octets.lowercasedText(name)) }
            }
        }
        return names
    }

    /// Whether a field always applies to one connection or proxy only, even if `Connection` doesn't list it.
    package static func isOfConnection(_ name: HTTPField.Name) -> Bool { connectionFields.contains(name) }

    /// Whether a field describes the content, so that it changes only together with it (RFC 9111 §3.2).
    static func isTiedToContent(_ name: HTTPField.Name) -> Bool { contentFields.contains(name) }

    private static let connectionFields: FieldNames = [
        .connection, .keepAlive, .proxyAuthenticate, .proxyAuthenticationInfo, .proxyAuthorization, .proxyConnection,
        .te, .trailer, .transferEncoding, .upgrade,
    ]

    private static let contentFields: FieldNames = [
        .contentEncoding, .contentLength, .contentRange, .contentType,
    ]
}

extension HTTPFields {
    /// The fields without those for the next hop only (RFC 9110 §7.6.1).
    package var endToEnd: HTTPFields {
        guard contains(where: { StorableFields.isOfConnection($0.name) }) else { return self }
        let listed = StorableFields.connectionOptions(of: self)
        return filter { !StorableFields.isOfConnection($0.name) && !listed.contains($0.name.canonicalName) }
    }
}

extension Span<UInt8> {
    /// Whether the octets at an index equal a text.
    ///
    /// If the case is ignored, the text must be in lower case.
    func matches(_ text: StaticString, at start: Int, ignoringCase: Bool = true) -> Bool {
        guard start + text.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            let octet = self[start + offset]
            guard unsafe (ignoringCase ? octet.lowercased : octet) == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Whether a range holds exactly this lower-case text, regardless of ASCII case.
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && matches(text, at: range.lowerBound)
    }

    /// The text of a range, with ASCII letters in lower case.
    func lowercasedText(_ range: Range<Int>) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(range.count)
        for index in range { octets.append(self[index].lowercased) }
        return String(decoding: octets, as: UTF8.self)
    }

    /// A number of seconds (RFC 9111 §1.2.2), at most 2^31; `nil` if there is anything but digits.
    ///
    /// The backslashes of a quoted string are skipped.
    func deltaSeconds(_ range: Range<Int>) -> Int? {
        var value = 0
        var hasDigits = false
        for index in range where self[index] != UInt8(ascii: "\\") {
            guard self[index].isDigit else { return nil }
            hasDigits = true
            value = Swift.min(value * 10 + Int(self[index] - UInt8(ascii: "0")), 1 << 31)
        }
        return hasDigits ? value : nil
    }
}
