public import Foundation
public import HTTPTypes

extension StoredResponse.Request {
    /// Makes the record of a request that is stored: its URL normalized, the values of ignored parameters `REDACTED`.
    ///
    /// The rest of the body stays as it was sent, byte for byte. A stored request has the key of the one that was sent,
    /// unless cookies are redacted and matched, or a JSON body is over 10 MiB.
    ///
    /// - Parameters:
    ///   - request: The request that was sent.
    ///   - body: Its content. The default is none.
    ///   - matching: What is redacted.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` when the request's URL is not an absolute
    ///   `http` or `https` URL.
    public init(
        _ request: HTTPRequest,
        body: Data = Data(),
        redacting matching: RequestMatching
    ) throws(FSCacheError) {
        var url: [UInt8] = []
        url.reserveCapacity(128)
        try URLNormalizer.append(urlOf: request, ignoring: matching.ignored, .redacted, to: &url)
        self.init(
            method: request.method,
            url: String(decoding: url, as: UTF8.self),
            headerFields: matching.redacted(request.headerFields),
            body: body.isEmpty || matching.ignored.isEmpty ? body : matching.redacted(body, of: request)
        )
    }
}

extension RequestMatching {
    /// A request's header fields as they are stored: ignored ones read `REDACTED`, and so does `Cookie` if it is to.
    ///
    /// - Parameter fields: The fields that were sent.
    /// - Returns: The fields to store, in the same order.
    public func redacted(_ fields: HTTPFields) -> HTTPFields {
        var redacted = fields
        for index in redacted.indices where isRedacted(redacted[index].name) {
            redacted[index].value = Self.redactedValue
        }
        return redacted
    }

    /// A response's header fields as they are stored: `Set-Cookie` reads `REDACTED` if cookies are to be redacted.
    ///
    /// What is replayed then is no cookie at all (RFC 6265 §5.2: it has no `=`), so that it can't displace a live one.
    /// Ignored parameters are names of what is sent; fields of a response that have such a name stay as they are.
    ///
    /// - Parameter fields: The fields that came.
    /// - Returns: The fields to store, in the same order.
    public func redacted(responseFields fields: HTTPFields) -> HTTPFields {
        guard redactsCookies else { return fields }
        var redacted = fields
        for index in redacted.indices where redacted[index].name == .setCookie {
            redacted[index].value = Self.redactedValue
        }
        return redacted
    }

    /// Whether a request's field of this name is stored without its value.
    func isRedacted(_ name: HTTPField.Name) -> Bool {
        ignored.contains(name.canonicalName) || (redactsCookies && name == .cookie)
            || (redactsCredentials && (name == .authorization || name == .proxyAuthorization))
    }

    fileprivate func redacted(_ body: Data, of request: HTTPRequest) -> Data {
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

    /// Where the values of ignored parameters stand in a form.
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
