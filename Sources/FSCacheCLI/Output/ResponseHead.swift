import FSCache
import Foundation
import HTTPTypes

extension CachedResponse {
    /// The status line, the header fields and an empty line as text.
    ///
    /// Lines end with a line feed.
    var headText: Data {
        var fields = headerFields
        // A cache appends its value to those of the caches before it (RFC 9211 §2).
        if let name = HTTPField.Name("Cache-Status") {
            fields.append(HTTPField(name: name, value: cacheStatus.description))
        }
        var text = Data("HTTP/1.1 \(status.text)\n".utf8)
        for field in fields {
            text += Data("\(field.name.rawName): ".utf8)
            unsafe field.withUnsafeBytesOfValue { unsafe text.append(contentsOf: $0) }
            text.append(UInt8(ascii: "\n"))
        }
        text.append(UInt8(ascii: "\n"))
        return text
    }
}

extension HTTPResponse.Status {
    /// The code and the reason phrase.
    ///
    /// If the response has none, as over HTTP/2, the registered phrase is used.
    var text: String {
        let reason = reasonPhrase.isEmpty ? Self.usualReasons[code] ?? "" : reasonPhrase
        return reason.isEmpty ? "\(code)" : "\(code) \(reason)"
    }

    /// The registered reason phrases, by code.
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
