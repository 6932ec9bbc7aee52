package import HTTPTypes

// These literals are tokens, so none of them is nil.
extension HTTPField.Name {
    package static let cacheStatus = HTTPField.Name("Cache-Status")!
    static let cdnCacheControl = HTTPField.Name("CDN-Cache-Control")!
    static let host = HTTPField.Name("Host")!
    static let contentDigest = HTTPField.Name("Content-Digest")!
    static let contentMD5 = HTTPField.Name("Content-MD5")!
    static let keepAlive = HTTPField.Name("Keep-Alive")!
    package static let pragma = HTTPField.Name("Pragma")!
    static let proxyConnection = HTTPField.Name("Proxy-Connection")!
}

extension HTTPField {
    /// Gives access to the octets of the value, without a copy.
    func withOctets<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytesOfValue { body(unsafe $0.span) }
    }
}
