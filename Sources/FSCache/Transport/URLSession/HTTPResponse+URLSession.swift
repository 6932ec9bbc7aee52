import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension HTTPResponse {
    /// Makes the head of what `URLSession` has got, or `nil` when the status code is none (RFC 9110 §15).
    ///
    /// The fields come sorted by name, for `URLSession` has forgotten their order.
    ///
    /// - Parameter response: The response.
    init?(_ response: HTTPURLResponse) {
        guard (100...999).contains(response.statusCode) else { return nil }
        self.init(status: Status(code: response.statusCode))
        let fields = response.allHeaderFields.map { (name: "\($0.key)", value: "\($0.value)") }
        for (name, value) in fields.sorted(by: { ($0.name.lowercased(), $0.name) < ($1.name.lowercased(), $1.name) }) {
            let values = name.lowercased() == "set-cookie" ? HTTPResponse.setCookieValues(joined: value) : [value]
            headerFields.append(contentsOf: values.compactMap { HTTPField(name: name, urlSessionValue: $0) })
        }
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
