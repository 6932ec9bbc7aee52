internal import HTTPTypes
internal import RawStructuredFieldValues

extension CacheControl {
    /// The maximum number of commas and semicolons in a targeted field.
    ///
    /// The parser compares each name with all others, so a hostile field with very many names could keep it busy.
    /// RFC 9651 §3.2 requires support for at least 1024 members.
    private static let maximumSeparators = 2048

    /// Reads the directives of a targeted field (RFC 9213 §2.1).
    ///
    /// The field is a Dictionary of Structured Fields (RFC 9651 §3.2), and parsing is strict: one syntax error, or a value
    /// of the wrong type for a known directive, invalidates the whole field. Names are in lower case, the last one of
    /// duplicate names counts, and parameters are ignored.
    ///
    /// - Parameters:
    ///   - name: The name of the targeted field.
    ///   - fields: The response's header fields.
    /// - Returns: The directives, or `nil` if the field is missing, empty or invalid.
    static func targeted(at name: HTTPField.Name, in fields: HTTPFields) -> CacheControl? {
        guard let first = fields.firstIndex(where: { $0.name == name }) else { return nil }
        // Several field lines form one list; a single line need not be valid by itself.
        var joined: [UInt8] = []
        for field in fields[first...] where field.name == name {
            if !joined.isEmpty { joined.append(UInt8(ascii: ",")) }
            field.withOctets { joined.append($0) }
        }
        guard joined.count(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }) <= maximumSeparators else {
            return nil
        }
        var parser = StructuredFieldValueParser(joined)
        guard let members = try? parser.parseDictionaryFieldValue(), !members.isEmpty else { return nil }

        var directives = CacheControl()
        directives.isTargeted = true
        for (name, member) in members {
            guard let directive = Directive(Array(name.utf8).span, name: 0..<name.utf8.count) else { continue }
            guard case .item(let item) = member else { return nil }
            switch (directive.takesSeconds, item.rfc9651BareItem) {
            case (true, .integer(let seconds)):
                directives.apply(directive, .seconds(Int(min(max(seconds, 0), 1 << 31))))
            case (true, .bool(true)) where directive == .maxStale: directives.apply(directive, .none)
            case (false, .bool(let isSet)): if isSet { directives.apply(directive, .none) }
            case (false, .string), (false, .token):
                // Arguments that name fields count only in `Cache-Control`: here the directives apply to the whole
                // response.
                guard directive == .noCache || directive == .private else { return nil }
                directives.apply(directive, .none)
            default: return nil
            }
        }
        return directives
    }
}

extension Directive {
    fileprivate var takesSeconds: Bool {
        switch self {
        case .maxAge, .maxStale, .minFresh, .sharedMaxAge, .staleIfError, .staleWhileRevalidate: true
        default: false
        }
    }
}
