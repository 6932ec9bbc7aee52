package import Foundation
package import HTTPTypes

extension RequestMatching {
    /// The header fields of a request as they are stored.
    func redacted(_ fields: HTTPFields) -> HTTPFields {
        redacted(fields, where: isRedacted)
    }

    /// The header fields of a response as they are stored.
    ///
    /// A redacted `Set-Cookie` field has no `=`, so a client ignores it (RFC 6265 §5.2) and keeps its current cookies.
    package func redacted(responseFields fields: HTTPFields) -> HTTPFields {
        redacted(fields) { field in
            if Self.setCookies.contains(field.name) { return redactsCookies || isRedacted(field.name) }
            return field.name != .cookie && isRedacted(field.name)
        }
    }

    /// Whether the value of a request's header field is never stored, because of its name, or because it is a URL with a
    /// secret.
    func isRedacted(_ field: HTTPField) -> Bool {
        if isRedacted(field.name) { return true }
        return field.name == .referer && (field.value == Self.redactedValue || holdsSecret(field.value))
    }

    /// The header fields of a request that are stored: those by which its response is found, those that say what its
    /// content is, and, by name, the secret ones.
    ///
    /// - Parameters:
    ///   - request: The request as it is stored.
    ///   - varying: The names in the `Vary` of its response, in lower case.
    /// - Returns: The fields, in order.
    package func distinguishing(_ request: StoredResponse.Request, _ varying: [String]) -> HTTPFields {
        request.headerFields.filter { field in
            let name = field.name
            return isRedacted(name) || matchHeaders.isAll || matchHeaders.names(name)
                || varying.contains(name.canonicalName)
                || Self.methodOverrides.contains(field: name) || name.canonicalName == "host"
                || (!request.body.isEmpty && (name == .contentType || name == .contentEncoding))
        }
    }

    private func redacted(_ fields: HTTPFields, where isSecret: (HTTPField) -> Bool) -> HTTPFields {
        guard fields.contains(where: isSecret) else { return fields }
        var redacted = fields
        for index in redacted.indices where isSecret(redacted[index]) {
            redacted[index].value = Self.redactedValue
        }
        return redacted
    }

    /// The content of a request as it is stored: with secret values replaced.
    ///
    /// If the content can't be searched for them, only its length and digest are stored.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - request: The request, whose header fields tell the format.
    ///   - isKept: Whether a value is stored all the same, as it is written. Default: none is.
    /// - Returns: The content to store.
    package func redacted(
        _ body: Data,
        of request: HTTPRequest,
        keeping isKept: (ArraySlice<UInt8>) -> Bool = { _ in false }
    ) -> Data {
        guard hasSecrets, !body.isEmpty else { return body }
        let octets = Array(body)
        let kind = NormalizedBody.Kind(of: request)
        guard let ranges = secretRanges(in: octets, of: request, kind) else { return Self.withheld(body) }
        let secrets = ranges.filter { !isKept(octets[$0]) }
        let replacement = kind.isJSON ? "\"\(Self.redactedValue)\"" : Self.redactedValue
        return secrets.isEmpty ? body : Self.replacing(secrets, in: octets, with: replacement)
    }

    /// The ranges of secret values in content, as they are written; `nil` if it can't be searched for them.
    func secretRanges(in octets: [UInt8], of request: HTTPRequest, _ kind: NormalizedBody.Kind) -> [Range<Int>]? {
        switch kind {
        case .json, .jsonLines: JSONCanonicalizer(Data(octets), of: kind, self)?.secretValues
        case .form: Self.isSearchable(form: octets, of: request) ? secretValues(inForm: octets) : nil
        case .multipart(let boundary): MultipartBody(octets, boundary: boundary).flatMap { secretParts(of: $0) }
        case .bytes: nil
        }
    }

    /// The ranges of the contents of secret parts; `nil` if something else may hold secrets: text outside of the parts, or a
    /// part that can't be searched for them.
    private func secretParts(of multipart: MultipartBody) -> [Range<Int>]? {
        guard !multipart.hasTextOutside, multipart.parts.allSatisfy(isSearchable) else { return nil }
        return multipart.parts.filter { $0.treatment(self, for: .record) == .redacted }.map(\.content)
    }

    /// Whether a part is secret, or has no secrets apart from those in text.
    private func isSearchable(_ part: MultipartBody.Part) -> Bool {
        part.hasOneName && !part.fields.contains { isSecret($0.name.span) }
            && (part.isPlainText || part.treatment(self, for: .record) == .redacted)
    }

    /// Whether a form is written as browsers do (URL Standard §5.2), so that everybody finds the same names in it: a server
    /// may read anything else as JSON, for example, or split it at semicolons.
    private static func isSearchable(form: [UInt8], of request: HTTPRequest) -> Bool {
        let charset = request.headerFields[.contentType].flatMap { ParameterizedValue($0)["charset"] } ?? "utf-8"
        return charset.lowercased() == "utf-8" && form.allSatisfy { $0.isUnreserved || "*+%&=".utf8.contains($0) }
    }

    /// The ranges of the values of secret parameters in a form.
    private func secretValues(inForm form: [UInt8]) -> [Range<Int>] {
        form.split(separator: UInt8(ascii: "&")).compactMap { piece in
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")), hasSecretName(piece) else { return nil }
            return (equals + 1)..<piece.endIndex
        }
    }

    /// Whether a parameter of a form or a query is secret.
    func hasSecretName(_ parameter: ArraySlice<UInt8>) -> Bool {
        let name = parameter.prefix { $0 != UInt8(ascii: "=") }
        let decoded = FormCoding.decoded(name.span)
        return isSecret(decoded.span)
    }

    private static func replacing(_ ranges: [Range<Int>], in octets: [UInt8], with text: String) -> Data {
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

    private static let withheldPrefix = "\(redactedValue): "

    private static func withheld(_ body: Data) -> Data {
        Data("\(withheldPrefix)\(body.count) bytes, SHA-256 \(CacheKey(hashing: body))".utf8)
    }

    /// Whether the content of a request is not stored, because it couldn't be searched for secrets.
    package static func isWithheld(_ body: Data) -> Bool { body.starts(with: withheldPrefix.utf8) }

    /// The length of the content that is not stored; `nil` if it is stored.
    static func withheldByteCount(_ body: Data) -> Int? {
        guard isWithheld(body) else { return nil }
        let digits = body.dropFirst(withheldPrefix.utf8.count).prefix { $0 != UInt8(ascii: " ") }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// Whether a URL reference, such as a `Location`, holds a password, a credential or an ignored parameter.
    ///
    /// It is read as the most lenient client reads it: browsers ignore tabs and line breaks, and take a backslash for a
    /// slash, and any number of slashes for two (URL Standard §4.4).
    package func holdsSecret(_ reference: String) -> Bool {
        let octets = URLReference.trimmed(Array(reference.utf8)).filter { $0 > 0x20 }
            .map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
        let pieces = octets.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
        }
        let parts = URLReference(Array(pieces[0]))
        if parts.scheme != nil || parts.authority != nil {
            let address = ((parts.authority ?? []) + parts.path).drop { $0 == UInt8(ascii: "/") }
            if address.prefix(while: { $0 != UInt8(ascii: "/") }).contains(UInt8(ascii: "@")) { return true }
        }
        // OAuth 2.0 passes tokens in the fragment, too (RFC 6749 §4.2.2).
        return pieces.dropFirst()
            .flatMap { $0.split { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") } }
            .contains { hasSecretName($0) }
    }
}
