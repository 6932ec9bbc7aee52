package import HTTPTypes

extension TargetURL {
    /// The URL of a request, where it has one.
    ///
    /// - Parameter request: A request with scheme, authority and path.
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    package init(of request: HTTPRequest) throws(FSCacheError) {
        let target = Array((request.path ?? "/").utf8)
        let pathEnd = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        try self.init(
            scheme: Array((request.scheme ?? "").utf8)[...],
            authority: Array((request.authority ?? "").utf8)[...],
            path: target[..<pathEnd],
            query: pathEnd < target.endIndex ? target[(pathEnd + 1)...] : nil
        )
    }

    /// Resolves a reference, such as a `Location` field, against this URL (RFC 3986 §5.2).
    ///
    /// Origins are not held to what people are: spaces and other characters that have no place in a URL are
    /// percent-encoded, as browsers do, and a reference that repeats the scheme but has no authority, such as
    /// `http:next`, is read as relative (RFC 3986 §5.4.2).
    ///
    /// - Parameter reference: The value of the field.
    /// - Returns: The URL that it points at, with this URL's credentials where the reference names no host.
    /// - Throws: ``FSCacheError/Code/invalidURL`` when it points at what is no `http` or `https` URL.
    package func resolving(_ reference: HTTPField) throws(FSCacheError) -> TargetURL {
        try resolving(unsafe reference.withUnsafeBytesOfValue { unsafe Array($0) })
    }

    /// Resolves a reference against this URL (RFC 3986 §5.2).
    ///
    /// - Parameter reference: The reference.
    /// - Returns: The URL that it points at.
    /// - Throws: ``FSCacheError/Code/invalidURL`` when it points at what is no `http` or `https` URL.
    package func resolving(_ reference: String) throws(FSCacheError) -> TargetURL {
        try resolving(Array(reference.utf8))
    }

    private func resolving(_ octets: [UInt8]) throws(FSCacheError) -> TargetURL {
        let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
        let start = octets.firstIndex { !isSpace($0) } ?? octets.endIndex
        let end = octets.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        let reference = URLReference(Array(octets[start..<end]))

        if let authority = reference.authority {
            return try TargetURL(
                scheme: reference.scheme ?? Array(scheme.utf8)[...],
                authority: authority,
                path: reference.path,
                query: reference.query
            )
        }
        if let named = reference.scheme, String(decoding: named, as: UTF8.self).lowercased() != scheme {
            return try TargetURL(String(decoding: octets[start..<end], as: UTF8.self))
        }
        return resolving(relative: reference)
    }

    private func resolving(relative reference: URLReference) -> TargetURL {
        let own = Array(path.utf8)
        let ownPathEnd = own.firstIndex(of: UInt8(ascii: "?")) ?? own.endIndex
        let ownPath = own[..<ownPathEnd]
        let ownQuery = ownPathEnd < own.endIndex ? own[(ownPathEnd + 1)...] : nil

        if reference.path.isEmpty {
            return TargetURL(base: self, path: ownPath, query: reference.query ?? ownQuery)
        }
        if reference.path.first == UInt8(ascii: "/") {
            return TargetURL(base: self, path: reference.path, query: reference.query)
        }
        let folderEnd = ownPath.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? ownPath.startIndex
        return TargetURL(base: self, path: ownPath[..<folderEnd] + reference.path, query: reference.query)
    }
}
