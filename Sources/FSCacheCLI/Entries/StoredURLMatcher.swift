import FSCache
import Foundation
import HTTPTypes

/// Finds the entries of a URL, whatever else told their requests apart.
struct StoredURLMatcher {
    private let request: HTTPRequest
    /// The URL as it is stored under default settings.
    private let url: String

    init(_ request: HTTPRequest) throws {
        self.request = request
        self.url = try StoredResponse.Request(request, redacting: RequestMatching()).url
    }

    /// Whether a stored URL is the request's, apart from parameters whose values were redacted when it was stored.
    func matches(_ stored: String) -> Bool {
        if stored == url { return true }
        let redacted = Self.redactedNames(stored)
        guard !redacted.isEmpty, let storedRequest = try? HTTPRequest(url: stored) else { return false }
        let matching = RequestMatching(ignoredParameters: RequestMatching.defaultIgnoredParameters + redacted)
        guard let one = try? Self.normalizedURL(storedRequest, matching),
            let other = try? Self.normalizedURL(request, matching)
        else { return false }
        return one == other
    }

    private static func redactedNames(_ url: String) -> [String] {
        guard let query = url.firstIndex(of: "?") else { return [] }
        return url[query...].dropFirst().split(separator: "&").compactMap { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == RequestMatching.redactedValue else { return nil }
            return parts[0].removingPercentEncoding
        }
    }

    private static func normalizedURL(_ request: HTTPRequest, _ matching: RequestMatching) throws -> String? {
        let bare = HTTPRequest(method: .get, scheme: request.scheme, authority: request.authority, path: request.path)
        return try NormalizedRequest(bare, matching: matching).ingredients.first { $0.name == "url" }?.text
    }
}
