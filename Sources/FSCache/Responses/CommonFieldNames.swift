internal import HTTPTypes
internal import Serializers

/// The field names that most responses have, in the spellings of HTTP/1.1 and HTTP/2, created once.
///
/// Creating a name checks each octet and copies them twice. A lookup takes a hash and one comparison.
enum CommonFieldNames {
    /// The name with exactly this spelling; `nil` if it is not a common one.
    static func name(_ octets: Span<UInt8>) -> HTTPField.Name? {
        guard octets.count > 1 else { return nil }
        var slot = hash(octets)
        while let common = table[slot] {
            if octets.isEqual(to: common.octets.span) { return common.name }
            slot = (slot + 1) % table.count
        }
        return nil
    }

    private struct CommonName {
        let name: HTTPField.Name
        let octets: [UInt8]
    }

    /// An open-addressed hash table, a quarter full.
    private static let table: [CommonName?] = {
        var table = [CommonName?](repeating: nil, count: 512)
        for name in names + names.compactMap({ HTTPField.Name($0.canonicalName) }) {
            let octets = Array(name.rawName.utf8)
            var slot = hash(octets.span)
            while table[slot] != nil { slot = (slot + 1) % table.count }
            table[slot] = CommonName(name: name, octets: octets)
        }
        return table
    }()

    /// A slot, computed from the length and the first two, the middle, and the last two octets.
    private static func hash(_ octets: Span<UInt8>) -> Int {
        var hash = UInt64(octets.count)
        func mix(_ index: Int) { hash = hash &* 31 ^ UInt64(octets[index]) }
        mix(0)
        mix(1)
        mix(octets.count / 2)
        mix(octets.count - 2)
        mix(octets.count - 1)
        return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 55)
    }

    private static let names: [HTTPField.Name] =
        [
            .acceptRanges, .accessControlAllowCredentials, .accessControlAllowHeaders, .accessControlAllowMethods,
            .accessControlAllowOrigin, .accessControlExposeHeaders, .accessControlMaxAge, .age, .allow, .cacheControl,
            .connection, .contentDisposition, .contentEncoding, .contentLanguage, .contentLength, .contentLocation,
            .contentRange, .contentSecurityPolicy, .contentType, .crossOriginResourcePolicy, .date, .eTag, .expires,
            .lastModified, .location, .retryAfter, .server, .setCookie, .strictTransportSecurity, .trailer,
            .transferEncoding, .vary, .wwwAuthenticate, .xContentTypeOptions,
            .accept, .acceptEncoding, .acceptLanguage, .authorization, .cookie, .ifModifiedSince, .ifNoneMatch,
            .origin, .referer, .userAgent,
        ]
        + [
            "Alt-Svc", "CF-Cache-Status", "CF-RAY", "Keep-Alive", "Link", "NEL", "Permissions-Policy", "Pragma",
            "Referrer-Policy", "Report-To", "Server-Timing", "Timing-Allow-Origin", "Via", "X-Amz-Cf-Id", "X-Cache",
            "X-Cache-Hits", "X-Frame-Options", "X-Powered-By", "X-Request-Id", "X-Served-By", "X-Timer",
            "X-XSS-Protection",
        ].compactMap { HTTPField.Name($0) }
}
