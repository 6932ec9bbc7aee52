#if AsyncHTTPClient
import FSCache
import HTTPTypes

/// `HTTPClient` has header fields as strings, in which bytes that are not UTF-8 are escaped where HTTP/1.1 is spoken.
extension HTTPField {
    /// The value as the string that `HTTPClient` turns back into the same bytes.
    ///
    /// - Parameter canEscape: Whether HTTP/1.1 will be spoken for sure.
    /// - Returns: The string.
    /// - Throws: `FSCacheError` when there is no such string.
    func asyncHTTPClientValue(canEscape: Bool) throws(FSCacheError) -> String {
        let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
        if let value = String(validating: bytes, as: UTF8.self), !EscapedOctets.isFound(in: value) { return value }
        guard canEscape else {
            throw FSCacheError(
                .unsupportedRequest,
                "The value of the header field \(name.rawName) is not UTF-8. HTTPClient can't send it over HTTP/2: "
                    + "set the configuration's httpVersion to http1Only."
            )
        }
        return EscapedOctets.escape(bytes)
    }
}
#endif
