internal import HTTPTypes

extension CacheControl {
    /// Reads the directives of a targeted field (RFC 9213 §2.1).
    ///
    /// Such a field is a Dictionary of Structured Fields (RFC 9651 §3.2), and is read strictly: one mistake in its
    /// syntax, or a value of the wrong type for a directive that is known, and the whole field counts for nothing. Names
    /// are in lower case, spaces around `=` are mistakes, the last of equal names counts, and parameters are ignored.
    ///
    /// - Parameters:
    ///   - name: The name of the targeted field.
    ///   - fields: The response's header fields.
    /// - Returns: The directives, or `nil` where there is no such field, it is empty, or it is invalid.
    static func targeted(at name: HTTPField.Name, in fields: HTTPFields) -> CacheControl? {
        guard let first = fields.firstIndex(where: { $0.name == name }) else { return nil }
        // Several lines are one list, whose parts need not be valid by themselves.
        var joined: [UInt8] = []
        for field in fields[first...] where field.name == name {
            if !joined.isEmpty { joined.append(UInt8(ascii: ",")) }
            field.withOctets { joined.append($0) }
        }
        var reader = StructuredDictionaryReader()
        let octets = joined.span
        var members: [Directive: StructuredDictionaryReader.Value] = [:]
        var isEmpty = true
        while let member = reader.next(in: octets) {
            isEmpty = false
            // Names of Structured Fields are in lower case, so that what is found here is spelt so.
            if let directive = Directive(octets, name: member.name) { members[directive] = member.value }
        }
        guard !reader.isInvalid, !isEmpty else { return nil }

        var directives = CacheControl()
        directives.isTargeted = true
        for (directive, value) in members {
            switch (directive.takesSeconds, value) {
            case (true, .integer(let seconds)):
                directives.apply(directive, .seconds(min(max(seconds, 0), 1 << 31)))
            case (true, .boolean(true)) where directive == .maxStale: directives.apply(directive, .none)
            case (false, .boolean(let isSet)): if isSet { directives.apply(directive, .none) }
            case (false, .text) where directive == .noCache || directive == .private:
                // To name fields is left to `Cache-Control`: here all of the response is meant.
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
