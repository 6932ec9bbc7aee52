import Foundation
import HTTPTypes

/// `URLSession` has header fields as strings. Which bytes these stand for differs between its implementations: UTF-8 in
/// swift-corelibs-foundation, ISO Latin 1 in Apple's.
extension HTTPField {
    /// The value as the string that `URLSession` turns back into the same bytes.
    var urlSessionValue: String {
        get throws(FSCacheError) {
            let bytes = unsafe withUnsafeBytesOfValue { unsafe Array($0) }
            #if canImport(FoundationNetworking)
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw FSCacheError(
                    .unsupportedRequest,
                    "The value of the header field \(name.rawName) is not UTF-8. URLSession can't send it on this platform."
                )
            }
            return value
            #else
            return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            #endif
        }
    }

    /// Makes a field of what `URLSession` has got, or `nil` when the name is not one (RFC 9110 §5.1).
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - value: The value as a string.
    init?(name: String, urlSessionValue value: String) {
        guard let name = Name(name) else { return nil }
        #if canImport(FoundationNetworking)
        self.init(name: name, lenientValue: value.utf8)
        #else
        let isLatin1 = value.unicodeScalars.allSatisfy { $0.value < 256 }
        let bytes = isLatin1 ? value.unicodeScalars.map { UInt8($0.value) } : Array(value.utf8)
        self.init(name: name, lenientValue: bytes)
        #endif
    }
}
