internal import Foundation
internal import HTTPTypes

extension RequestMatching {
    /// The header fields of a request as they are stored.
    func redacted(_ fields: HTTPFields) -> HTTPFields {
        var redacted = fields
        for index in redacted.indices where isRedacted(redacted[index].name) {
            redacted[index].value = Self.redactedValue
        }
        return redacted
    }

    /// The header fields of a response as they are stored: `Set-Cookie` is redacted if cookies are.
    ///
    /// A redacted `Set-Cookie` field has no `=`, so a client ignores it (RFC 6265 §5.2) and keeps its current cookies.
    /// Ignored parameters apply to requests only.
    func redacted(responseFields fields: HTTPFields) -> HTTPFields {
        guard redactsCookies else { return fields }
        var redacted = fields
        for index in redacted.indices where redacted[index].name == .setCookie {
            redacted[index].value = Self.redactedValue
        }
        return redacted
    }

    /// Whether the value of a request's header field is redacted.
    func isRedacted(_ name: HTTPField.Name) -> Bool {
        ignored.contains(name.canonicalName) || (redactsCookies && name == .cookie)
            || (redactsCredentials && (name == .authorization || name == .proxyAuthorization))
    }

    func redacted(_ body: Data, of request: HTTPRequest) -> Data {
        let octets = Array(body)
        switch NormalizedBody.Kind(of: request) {
        case .json:
            guard let json = JSONCanonicalizer(octets, matching: self) else { return body }
            return Self.replacing(json.ignoredValues, in: octets, with: "\"\(Self.redactedValue)\"") ?? body
        case .form:
            return Self.replacing(formValues(in: octets), in: octets, with: Self.redactedValue) ?? body
        case .multipart(let boundary):
            guard let multipart = MultipartBody(octets, boundary: boundary) else { return body }
            let contents = multipart.parts.filter { $0.name.map(ignored.contains) ?? false }.map(\.content)
            return Self.replacing(contents, in: octets, with: Self.redactedValue) ?? body
        case .bytes:
            return body
        }
    }

    /// The ranges of the values of ignored parameters in a form.
    private func formValues(in form: [UInt8]) -> [Range<Int>] {
        form.split(separator: UInt8(ascii: "&")).compactMap { piece in
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = piece[..<equals]
            return ignored.contains(FormCoding.decoded(name.span)) ? (equals + 1)..<piece.endIndex : nil
        }
    }

    private static func replacing(_ ranges: [Range<Int>], in octets: [UInt8], with text: String) -> Data? {
        guard !ranges.isEmpty else { return nil }
        var replaced = Data(capacity: octets.count)
        var index = 0
        for range in ranges {
            replaced.append(contentsOf: octets[index..<range.lowerBound])
            replaced.append(contentsOf: text.utf8)
            index = range.upperBound
        }
        replaced.append(contentsOf: octets[index...])
        return replaced
    }
}
