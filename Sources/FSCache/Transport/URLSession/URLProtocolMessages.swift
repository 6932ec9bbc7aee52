import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension HTTPURLResponse {
    /// Makes a response for `URLSession`.
    ///
    /// - Parameters:
    ///   - response: The response of the cached session.
    ///   - url: The URL of the request.
    /// - Returns: The response, with the URL of the last request if redirects were followed.
    /// - Throws: ``FSCacheError/Code/invalidResponse`` if `URLSession` can't represent it.
    static func make(_ response: CachedResponse, for url: URL?) throws(FSCacheError) -> HTTPURLResponse {
        var fields: [String: String] = [:]
        var names: [HTTPField.Name: String] = [:]
        for field in response.forwardedHeaderFields where !isWithheld(field.name, response.status) {
            let name = names[field.name] ?? field.name.rawName
            names[field.name] = name
            fields[name] = fields[name].map { $0 + ", " + field.textForURLSession } ?? field.textForURLSession
        }
        let request = response.request
        let followed = "\(request.scheme ?? "")://\(request.authority ?? "")\(request.path ?? "")"
        let own = response.history.isEmpty ? url : URL(string: followed)
        let code = response.status.code
        guard let own = own ?? url,
            let made = HTTPURLResponse(url: own, statusCode: code, httpVersion: "HTTP/1.1", headerFields: fields)
        else { throw FSCacheError(.invalidResponse, "URLSession can't represent the response.") }
        return made
    }

    /// Whether `URLSession` must not see a field.
    ///
    /// On Linux, it takes a challenge for its own: it waits forever, or sends the request again past the cache.
    private static func isWithheld(_ name: HTTPField.Name, _ status: HTTPResponse.Status) -> Bool {
        #if canImport(FoundationNetworking)
        status == .unauthorized && name == .wwwAuthenticate
        #else
        false
        #endif
    }
}

extension URLError {
    /// The error that a client of `URLSession` expects.
    ///
    /// - Parameters:
    ///   - error: An error of a cached session.
    ///   - url: The URL of the request.
    init(reporting error: any Error, for url: URL?) {
        if let error = error as? URLError {
            self = error
            return
        }
        var details: [String: Any] = [NSUnderlyingErrorKey: error]
        details[NSURLErrorFailingURLErrorKey] = url
        details[NSLocalizedDescriptionKey] = (error as? FSCacheError)?.message
        self.init(Self.code(reporting: error), userInfo: details)
    }

    private static func code(reporting error: any Error) -> Code {
        guard let error = error as? FSCacheError else { return error is CancellationError ? .cancelled : .unknown }
        if let cause = error.underlyingError as? URLError { return cause.code }
        return switch error.code {
        case .invalidURL: .badURL
        case .offline: .notConnectedToInternet
        case .tooManyRedirects: .httpTooManyRedirects
        case .incompleteResponse: .networkConnectionLost
        case .invalidResponse: .badServerResponse
        case .unsupportedRequest: .unsupportedURL
        case .closed: .cancelled
        default: .unknown
        }
    }
}
