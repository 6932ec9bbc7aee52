package import HTTPTypes

/// Which header fields of a response are stored (RFC 9111 §3.1).
package enum StorableFields {
    /// The fields of a response that may be stored: all but those that belong to one connection or to a proxy, and those
    /// that the response itself excludes.
    ///
    /// - Parameters:
    ///   - fields: The fields that came.
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

    /// Whether a field belongs to one connection, or to the proxy at its end, whoever names it.
    package static func isOfConnection(_ name: HTTPField.Name) -> Bool { connectionFields.contains(name) }

    /// Whether a field describes the content, so that it may only change together with it (RFC 9111 §3.2).
    static func isTiedToContent(_ name: HTTPField.Name) -> Bool { contentFields.contains(name) }

    private static let connectionFields: FieldNames = [
        .connection, .keepAlive, .proxyAuthenticate, .proxyAuthenticationInfo, .proxyAuthorization, .proxyConnection,
        .te, .trailer, .transferEncoding, .upgrade,
    ]

    private static let contentFields: FieldNames = [
        .contentEncoding, .contentLength, .contentRange, .contentType,
    ]
}
