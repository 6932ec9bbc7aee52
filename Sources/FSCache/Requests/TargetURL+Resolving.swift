package import HTTPTypes
internal import Serializers

extension TargetURL {
    /// Makes the URL of a request.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the request has no valid URL.
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
    /// It is as lenient as browsers: spaces and other invalid characters are percent-encoded, and a reference with a scheme
    /// but no authority, such as `http:next`, is relative (RFC 3986 §5.4.2).
    ///
    /// - Parameter reference: The value of the field.
    /// - Returns: The resolved URL. It has the credentials of this URL if the reference has no host.
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the result is not an `http` or `https` URL.
    package func resolving(_ reference: HTTPField) throws(FSCacheError) -> TargetURL {
        try resolving(unsafe reference.withUnsafeBytesOfValue { unsafe Array($0) })
    }

    /// Resolves a reference against this URL (RFC 3986 §5.2).
    ///
    /// - Parameter reference: The reference.
    /// - Returns: The resolved URL.
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the result is not an `http` or `https` URL.
    package func resolving(_ reference: String) throws(FSCacheError) -> TargetURL {
        try resolving(Array(reference.utf8))
    }

    private func resolving(_ octets: [UInt8]) throws(FSCacheError) -> TargetURL {
        let octets = URLReference.trimmed(octets)
        let reference = URLReference(octets)

        if let authority = reference.authority {
            return try TargetURL(
                scheme: reference.scheme ?? Array(scheme.utf8)[...],
                authority: authority,
                path: reference.path,
                query: reference.query
            )
        }
        if let named = reference.scheme, String(decoding: named, as: UTF8.self).lowercased() != scheme {
            return try TargetURL(String(decoding: octets, as: UTF8.self))
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

/// The components of a URL reference (RFC 3986, appendix B), without the fragment.
///
/// Components are slices of the text. An absent component is `nil`, which differs from an empty one.
struct URLReference {
    let scheme: ArraySlice<UInt8>?
    let authority: ArraySlice<UInt8>?
    let path: ArraySlice<UInt8>
    let query: ArraySlice<UInt8>?

    /// A reference without the spaces and control characters around it, which browsers ignore, too (URL Standard §4.4).
    static func trimmed(_ octets: [UInt8]) -> [UInt8] {
        guard let last = octets.lastIndex(where: { $0 > 0x20 }) else { return [] }
        return Array(octets[...last].drop { $0 <= 0x20 })
    }

    init(_ octets: [UInt8]) {
        var rest = octets[..<(octets.firstIndex(of: UInt8(ascii: "#")) ?? octets.endIndex)]

        if let end = rest.firstIndex(where: { !$0.isPlainInScheme }), end > rest.startIndex,
            rest[end] == UInt8(ascii: ":"), !rest[rest.startIndex].isDigit
        {
            self.scheme = rest[..<end]
            rest = rest[(end + 1)...]
        } else {
            self.scheme = nil
        }

        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            self.query = rest[(mark + 1)...]
            rest = rest[..<mark]
        } else {
            self.query = nil
        }

        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            self.authority = rest[..<end]
            rest = rest[end...]
        } else {
            self.authority = nil
        }
        self.path = rest
    }
}

extension UInt8 {
    fileprivate var isPlainInScheme: Bool {
        switch self {
        case UInt8(ascii: "_"), UInt8(ascii: "~"): false
        default: isUnreserved || self == UInt8(ascii: "+")
        }
    }
}
