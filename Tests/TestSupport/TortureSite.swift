package import FSCache
package import HTTPTypes

/// The pages whose responses are stored under ``TortureKeys``.
package enum TortureSite {
    private static let origin = "https://torture.example"

    /// The URL of a page.
    package static func url(_ index: Int) -> String { "\(origin)/\(index)" }

    /// The URL of a request for a page.
    package static func url(of request: HTTPRequest) -> String { origin + (request.path ?? "/") }

    /// Settings that store each page under the key with its number.
    package static var settings: CacheSettings {
        var settings = CacheSettings()
        settings.keyFunction = { request, _ in
            TortureKeys.key(request.path.flatMap { Int($0.dropFirst()) } ?? TortureKeys.count)
        }
        return settings
    }
}
