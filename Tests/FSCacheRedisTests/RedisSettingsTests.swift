#if Redis
import FSCache
import Testing

@testable import FSCacheRedis

@Suite("Settings of the Redis store")
struct RedisSettingsTests {
    @Test(
        "A URL gives each setting that it names",
        arguments: [
            ("redis://", "127.0.0.1", 6379, 0, nil, nil),
            ("redis://cache.example.com", "cache.example.com", 6379, 0, nil, nil),
            ("redis://10.0.0.1:7000/", "10.0.0.1", 7000, 0, nil, nil),
            ("REDIS://[::1]:7000/3", "::1", 7000, 3, nil, nil),
            ("redis://:p%40ss%2F%3A@host/2", "host", 6379, 2, nil, "p@ss/:"),
            ("redis://me:secret@host:1?db=4", "host", 1, 4, "me", "secret"),
        ] as [(String, String, Int, Int, String?, String?)]
    )
    func readsURL(_ url: String, host: String, port: Int, database: Int, user: String?, password: String?) throws {
        let settings = try RedisSettings(url: url)
        #expect(settings.host == host)
        #expect(settings.port == port)
        #expect(settings.database == database)
        #expect(settings.user == user)
        #expect(settings.password == password)
        #expect(settings.socketPath == nil)
        #expect(settings.namespace == "fscache")
        #expect(!"\(settings)".contains(password ?? "no password"))
    }

    @Test("A URL can name a socket and a namespace")
    func readsSocket() throws {
        let settings = try RedisSettings(url: "redis+unix:///run/my%20redis.sock?db=2&namespace=shop")
        #expect(settings.socketPath == "/run/my redis.sock")
        #expect(settings.database == 2)
        #expect(settings.namespace == "shop")
    }

    @Test(
        "An invalid URL is refused with the reason, and without the password",
        arguments: [
            ("", "not a URL"), ("redis", "not a URL"), ("http://host", "scheme is http"),
            ("rediss://:hunter2@host", "needs TLS"), ("redis://:hunter2@host/one", "must be a number"),
            ("redis://:hunter2@host/-1", "must be a number"), ("redis://:hunter2@host:0", "from 1 to 65535"),
            ("redis://:hunter2@host?databse=1", "unknown option, databse"), ("redis://:hunter2#1@host", "not a URL"),
            ("redis+unix://host/path", "three slashes"), ("redis+unix://", "socket is empty"),
            ("redis://user@host", "no password"), ("redis://host?namespace=a%7Bb", "braces"),
            ("redis://host?namespace=", "namespace"),
        ]
    )
    func refusesURL(_ url: String, reason: String) throws {
        let error = try #require(throws: FSCacheError.self) { try RedisBackend(url) }
        #expect(error.code == .invalidSetting)
        #expect(error.message.contains(reason))
        #expect(!"\(error)".contains("hunter2"))
    }

    @Test(
        "An invalid setting is refused",
        arguments: [
            { $0.maxConnections = 0 }, { $0.timeout = .zero }, { $0.expiryOffset = .zero }, { $0.database = -1 },
            { $0.host = "" }, { $0.port = 65536 }, { $0.namespace = "a\nb" },
        ] as [@Sendable (inout RedisSettings) -> Void]
    )
    func refusesSetting(_ change: @Sendable (inout RedisSettings) -> Void) throws {
        var settings = RedisSettings()
        change(&settings)
        let error = try #require(throws: FSCacheError.self) { try RedisBackend(settings) }
        #expect(error.code == .invalidSetting)
    }

    @Test(
        "The cache name is the namespace, unless the URL has one",
        arguments: [("redis://host", "shop"), ("redis://host?namespace=fscache", "fscache")]
    )
    func namesNamespace(url: String, namespace: String) throws {
        let cache = try ResponseCache("shop", backend: .redis(url))
        #expect((cache.backend as? RedisBackend)?.settings.namespace == namespace)
    }

    @Test(
        "The slot of a key in a cluster is that of its tag",
        arguments: [("123456789", 12739), ("", 0), ("00000000", 9913), ("abcdef01", 14091)]
    )
    func computesSlot(tag: String, slot: Int) {
        #expect(RedisRedirection.slot(ofTag: tag) == slot)
    }

    @Test(
        "A redirection names another server",
        arguments: [
            ("MOVED 3999 10.0.0.2:6381", RedisAddress.tcp(host: "10.0.0.2", port: 6381)),
            ("MOVED 3999 ::1:6381", .tcp(host: "::1", port: 6381)),
            ("MOVED 3999 :6381", .tcp(host: "first", port: 6381)),
            ("MOVED 16384 host:1", nil), ("MOVED 1 host", nil), ("MOVED", nil), ("ERR", nil),
        ]
    )
    func readsRedirection(_ message: String, address: RedisAddress?) {
        let redirection = RedisRedirection(.error(message), from: .tcp(host: "first", port: 1))
        #expect(redirection?.address == address)
    }
}
#endif
