import HTTPTypes

extension HTTPResponse.Status {
    /// The code and the reason phrase: the usual one where none came, as over HTTP/2.
    var text: String {
        let reason = reasonPhrase.isEmpty ? Self.usualReasons[code] ?? "" : reasonPhrase
        return reason.isEmpty ? "\(code)" : "\(code) \(reason)"
    }

    /// The reason phrases of RFC 9110 §15 and its companions, by code.
    private static let usualReasons: [Int: String] = {
        let statuses: [HTTPResponse.Status] = [
            .ok, .created, .accepted, .nonAuthoritativeInformation, .noContent, .resetContent, .partialContent,
            .multipleChoices, .movedPermanently, .found, .seeOther, .notModified, .temporaryRedirect,
            .permanentRedirect,
            .badRequest, .unauthorized, .forbidden, .notFound, .methodNotAllowed, .notAcceptable,
            .proxyAuthenticationRequired, .requestTimeout, .conflict, .gone, .lengthRequired, .preconditionFailed,
            .contentTooLarge, .uriTooLong, .unsupportedMediaType, .rangeNotSatisfiable, .expectationFailed,
            .misdirectedRequest, .unprocessableContent, .tooEarly, .upgradeRequired, .preconditionRequired,
            .tooManyRequests, .requestHeaderFieldsTooLarge, .unavailableForLegalReasons, .internalServerError,
            .notImplemented, .badGateway, .serviceUnavailable, .gatewayTimeout, .httpVersionNotSupported,
            .networkAuthenticationRequired,
        ]
        return Dictionary(uniqueKeysWithValues: statuses.map { ($0.code, $0.reasonPhrase) })
    }()
}
