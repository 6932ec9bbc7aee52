#if AsyncHTTPClient
import FSCache
import HTTPTypes

/// `HTTPClient` has header fields as strings, which it sends as UTF-8.
extension HTTPField {
    /// The value as the string that `HTTPClient` turns back into the same bytes.
    var asyncHTTPClientValue: String {
        get throws(FSCacheError) {
            let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw FSCacheError(
                    .unsupportedRequest,
                    "The value of the header field \(name.rawName) is not UTF-8. HTTPClient can't send it."
                )
            }
            return value
        }
    }
}
#endif
