import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Errors that quote a URL don't take its secrets along.
@Suite("Secrets in errors")
struct SecretErrorTests {
    private static let secretURL = "http://user:s3cret@127.0.0.1:1/x?access_token=s3cret"

    /// An error as `URLSession` makes it.
    private static let failure = URLError(
        .cannotConnectToHost,
        userInfo: ["NSErrorFailingURLStringKey": secretURL, NSURLErrorFailingURLErrorKey: URL(string: secretURL)!]
    )

    static let errors: [any Error] = [
        failure, failure as NSError, FSCacheError(.incompleteResponse, "It ended.", underlyingError: failure),
        FSCacheError(
            .storeFailed,
            "It failed.",
            underlyingError: FSCacheError(.incompleteResponse, "It ended.", underlyingError: failure)
        ),
        NSError(domain: "Own", code: 1, userInfo: ["url": secretURL]),
    ]

    @Test("A description has no URL of an underlying error", arguments: errors.indices)
    func descriptions(index: Int) {
        let error = FSCacheError(.storeFailed, "It failed.", underlyingError: Self.errors[index])
        #expect(error.description.hasPrefix("storeFailed: It failed.: "))
        #expect(!error.description.contains("s3cret"), "\(error)")
    }

    /// A session with a stale response that may be used, and an origin that fails from now on.
    private func failing(_ index: Int, change: (inout CacheSettings) -> Void) async throws -> SessionUnderTest {
        let test = SessionUnderTest(settings: change) { exchange in
            guard exchange.ordinal == 1 else { throw Self.errors[index] }
            return TransportResponse(200, body: "old")
        }
        _ = try await test.session.get("https://a/", options: RequestOptions(expireAfter: 10))
        test.clock.advance(by: 11)
        return test
    }

    @Test("Cache-Status and the log have no URL of an error", arguments: errors.indices)
    func standsIn(index: Int) async throws {
        let test = try await failing(index) { $0.staleIfError = 1000 }
        let response = try await test.session.get("https://a/")
        #expect(response.text() == "old" && response.cacheStatus.detail?.isEmpty == false)
        #expect(!"\(response.cacheStatus)".contains("s3cret"), "\(response.cacheStatus)")
        #expect(!test.log.text.contains("s3cret"), "\(test.log.text)")
    }

    @Test("The log of a refresh in the background has no URL of an error", arguments: errors.indices)
    func refreshes(index: Int) async throws {
        let test = try await failing(index) { $0.staleWhileRevalidate = 1000 }
        _ = try await test.session.get("https://a/")
        await test.log.logged("not refreshed: ")
        #expect(!test.log.text.contains("s3cret"), "\(test.log.text)")
    }

    @Test("An offline session names the request without the secrets of its own settings")
    func offline() async throws {
        let settings = CacheSettings(ignoredParameters: ["session"], credentialParameters: ["ticket"])
        let cache = ResponseCache(backend: MemoryBackend(), settings: settings)
        let session = CachedSession(cache: cache, transport: OfflineTransport())
        let error = await #expect(throws: FSCacheError.self) {
            _ = try await session.get("https://a/b?page=2&session=s3cret&ticket=s3cret")
        }
        #expect(error?.message.contains("https://a/b?page=2&session=REDACTED&ticket=REDACTED") == true, "\(error!)")
    }

    @Test("Without a session, an offline transport doesn't know what is secret, so it leaves the query out")
    func offlineAlone() async throws {
        let error = await #expect(throws: FSCacheError.self) {
            _ = try await OfflineTransport().send(HTTPRequest(url: "https://a/b?ticket=s3cret"), body: nil)
        }
        #expect(error?.message.contains(" https://a/b, ") == true, "\(error!)")
    }
}
