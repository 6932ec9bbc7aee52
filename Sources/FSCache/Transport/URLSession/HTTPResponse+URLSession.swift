import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension HTTPResponse {
    /// More header fields than any origin has a reason to send, and fewer than `HTTPFields` can hold.
    private static let maximumFieldCount = 10_000

    /// Makes the head of what `URLSession` has got.
    ///
    /// The fields come sorted by name, for `URLSession` has forgotten their order. A field whose name is none
    /// (RFC 9110 §5.1) is left out.
    ///
    /// - Parameter response: The response.
    /// - Throws: ``FSCacheError`` when it is not a response of HTTP.
    init(_ response: URLResponse) throws(FSCacheError) {
        guard let response = response as? HTTPURLResponse, (100...999).contains(response.statusCode) else {
            throw FSCacheError(.invalidResponse, "The response is not one of HTTP.")
        }
        var fields: [HTTPField] = []
        for (name, value) in response.allHeaderFields.map({ ("\($0.key)", "\($0.value)") }) {
            let values = name.lowercased() == "set-cookie" ? HTTPResponse.setCookieValues(joined: value) : [value]
            fields += values.compactMap { HTTPField(name: name, urlSessionValue: $0) }
        }
        guard fields.count <= HTTPResponse.maximumFieldCount else {
            throw FSCacheError(.invalidResponse, "The response has more than \(Self.maximumFieldCount) header fields.")
        }
        // The sort is stable: cookies stay in their order.
        fields.sort { ($0.name.canonicalName, $0.name.rawName) < ($1.name.canonicalName, $1.name.rawName) }
        self.init(status: Status(code: response.statusCode), headerFields: HTTPFields(fields))
        if HTTPResponse.isUndone(headerFields[.contentEncoding]) {
            headerFields[.contentEncoding] = nil
            headerFields[.contentLength] = nil
        }
    }

    /// Takes apart what `URLSession` has joined, though RFC 9110 §5.3 says that `Set-Cookie` must not be joined.
    ///
    /// A comma in the middle of a cookie, as in its expiry date, is not followed by a name and an equals sign.
    static func setCookieValues(joined: String) -> [String] {
        joined.split(separator: ", ", omittingEmptySubsequences: false).reduce(into: []) { values, part in
            let name = part.prefix { $0 != "=" }
            let beginsCookie = name.endIndex < part.endIndex && HTTPField.Name(String(name)) != nil
            if beginsCookie || values.isEmpty {
                values.append(String(part))
            } else {
                values[values.count - 1] += ", " + part
            }
        }
    }

    /// Whether `URLSession` undoes these content codings.
    private static func isUndone(_ contentEncoding: String?) -> Bool {
        let codings = (contentEncoding ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        #if canImport(FoundationNetworking)
        // What it can't undo, it fails.
        return codings.contains { $0 != "identity" }
        #else
        return !codings.isEmpty && codings.allSatisfy { ["gzip", "x-gzip", "deflate", "br"].contains($0) }
        #endif
    }
}
