public import FSCache
public import FSCacheFixtures
internal import Serializers

#if canImport(FoundationNetworking)
internal import Foundation
public import FoundationNetworking
#else
public import Foundation
#endif

/// The recorded responses of the current test, and clients that get them.
///
/// ```swift
/// @Suite(.fixtures("Recorded"))
/// struct ShopTests {
///     @Test func listsFruits() async throws {
///         let shop = FruitShop(session: try Fixture.current.session)
///         try await #expect(shop.fruits().count == 2)
///     }
/// }
/// ```
///
/// Each test has its own, so tests can run in parallel.
public final class Fixture: Sendable {
    @TaskLocal static var task: Fixture?

    /// A client whose responses come from the fixture.
    ///
    /// It has no cache of its own: each request is one of the recording.
    public let session: CachedSession
    /// The transport of ``session``, for a session or a client that you make.
    public let transport: any HTTPTransport
    let layers: FixtureLayers

    /// The fixture of the current test.
    ///
    /// It belongs to the task of the test and its child tasks. Get it there if your code starts detached tasks.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting`` if the test has no trait `.fixtures`.
    public static var current: Fixture {
        get throws(FSCacheError) {
            guard let task else {
                throw FSCacheError(
                    .invalidSetting,
                    "There is no fixture here. Add the trait .fixtures(\"Recorded\") to the test or its suite, and use "
                        + "Fixture.current in the task of the test."
                )
            }
            return task
        }
    }

    init(_ layers: FixtureLayers) throws(FSCacheError) {
        self.layers = layers
        transport = layers
        // Every method bypasses this cache.
        let cache = ResponseCache(backend: MemoryBackend(), settings: CacheSettings(allowableMethods: []))
        let clock = layers.clock
        session = CachedSession(cache: cache, transport: layers, now: { clock.now })
    }

    /// The time of ``session`` and of the sessions from ``cachedSession(_:)``: that of the recording, until you move it.
    public var clock: FixtureClock { layers.clock }

    /// What the test has asked for so far.
    public var counts: FixtureTransport.Counts { layers.counts }

    /// A configuration for a `URLSession` that gets the recorded responses, for code that takes one from outside.
    ///
    /// It is an ephemeral one; see `URLSessionConfiguration.cached(by:)` for one that you have.
    public var urlSessionConfiguration: URLSessionConfiguration {
        URLSessionConfiguration.ephemeral.cached(by: session)
    }

    /// Makes a session with a cache in memory, for code that relies on its caching.
    ///
    /// - Parameter settings: The settings of the cache.
    /// - Returns: The session. Its requests that the cache can't answer get the recorded responses.
    public func cachedSession(_ settings: CacheSettings = CacheSettings()) -> CachedSession {
        let clock = clock
        let cache = ResponseCache(backend: MemoryBackend(), settings: settings)
        return CachedSession(cache: cache, transport: transport, now: { clock.now })
    }
}
