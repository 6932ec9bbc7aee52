// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "FSCache",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "FSCache", targets: ["FSCache"]),
        .library(name: "Serializers", targets: ["Serializers"]),
        .library(name: "FSCacheAsyncHTTPClient", targets: ["FSCacheAsyncHTTPClient"]),
        .library(name: "FSCacheSQLite", targets: ["FSCacheSQLite"]),
        .library(name: "FSCacheRedis", targets: ["FSCacheRedis"]),
        .library(name: "FSCacheMongoDB", targets: ["FSCacheMongoDB"]),
        .library(name: "FSCacheTesting", targets: ["FSCacheTesting"]),
        .library(name: "FSCacheFaultTesting", targets: ["FSCacheFaultTesting"]),
        .executable(name: "fscache", targets: ["FSCacheCLI"]),
        .plugin(name: "FSCachePlugin", targets: ["FSCachePlugin"]),
    ],
    traits: [
        .default(enabledTraits: ["YAML", "BSON"]),
        .trait(name: "YAML", description: "The YAML serializer, over the system's libyaml."),
        .trait(name: "BSON", description: "The BSON serializer, over the system's libbson."),
        .trait(
            name: "Compression",
            description: "The gzip and zstd stages, over the system's zlib and libzstd."
        ),
        .trait(name: "AsyncHTTPClient", description: "The product FSCacheAsyncHTTPClient, over SwiftNIO."),
        .trait(
            name: "Proxy",
            description: "The command fscache proxy, over SwiftNIO.",
            enabledTraits: ["AsyncHTTPClient"]
        ),
        .trait(name: "SQLite", description: "The product FSCacheSQLite, over GRDB."),
        .trait(name: "Redis", description: "The product FSCacheRedis, over the system's libhiredis."),
        .trait(
            name: "MongoDB",
            description: "The product FSCacheMongoDB, over the system's libmongoc.",
            enabledTraits: ["BSON"]
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.11.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        // Packages that belong to a trait are not even fetched if it is off.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CYAML",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
        ),
        .systemLibrary(
            name: "CBSON",
            pkgConfig: "libbson-1.0",
            providers: [.apt(["libbson-dev"]), .brew(["mongo-c-driver"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .systemLibrary(
            name: "CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]
        ),
        .systemLibrary(
            name: "CHiredis",
            pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]
        ),
        .systemLibrary(
            name: "CMongoC",
            pkgConfig: "libmongoc-1.0",
            providers: [.apt(["libmongoc-dev"]), .brew(["mongo-c-driver"])]
        ),
        .target(
            name: "Serializers",
            dependencies: [
                .target(name: "CYAML", condition: .when(traits: ["YAML"])),
                .target(name: "CBSON", condition: .when(traits: ["BSON"])),
                .target(name: "CZlib", condition: .when(traits: ["Compression"])),
                .target(name: "CZstd", condition: .when(traits: ["Compression"])),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(name: "CFileSystem"),
        .target(
            name: "FSCache",
            dependencies: [
                "Serializers",
                "CFileSystem",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "FSCacheAsyncHTTPClient",
            dependencies: [
                "FSCache",
                "Serializers",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(
                    name: "AsyncHTTPClient",
                    package: "async-http-client",
                    condition: .when(traits: ["AsyncHTTPClient"])
                ),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
            ]
        ),
        .target(
            name: "FSCacheProxy",
            dependencies: [
                "FSCache",
                "FSCacheFixtures",
                "FSCacheAsyncHTTPClient",
                "Serializers",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(
                    name: "AsyncHTTPClient",
                    package: "async-http-client",
                    condition: .when(traits: ["Proxy"])
                ),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Proxy"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Proxy"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Proxy"])),
                .product(name: "NIOFoundationCompat", package: "swift-nio", condition: .when(traits: ["Proxy"])),
                .product(name: "NIOExtras", package: "swift-nio-extras", condition: .when(traits: ["Proxy"])),
            ]
        ),
        .target(
            name: "FSCacheSQLite",
            dependencies: [
                "FSCache",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "GRDBSQLite", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "FSCacheRedis",
            dependencies: [
                "FSCache",
                .target(name: "CHiredis", condition: .when(traits: ["Redis"])),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "FSCacheMongoDB",
            dependencies: [
                "FSCache",
                "Serializers",
                .target(name: "CMongoC", condition: .when(traits: ["MongoDB"])),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "FSCacheFixtures",
            dependencies: [
                "FSCache",
                "Serializers",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        .target(
            name: "FSCacheTesting",
            dependencies: [
                "FSCache",
                "FSCacheFixtures",
                "Serializers",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        .target(name: "CFileFaults"),
        .target(
            name: "FSCacheFaultTesting",
            dependencies: [
                "CFileFaults",
                "FSCache",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        .executableTarget(
            name: "FSCacheCLI",
            dependencies: [
                "FSCache",
                "FSCacheFixtures",
                .target(name: "FSCacheSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "FSCacheRedis", condition: .when(traits: ["Redis"])),
                .target(name: "FSCacheMongoDB", condition: .when(traits: ["MongoDB"])),
                .target(name: "FSCacheAsyncHTTPClient", condition: .when(traits: ["Proxy"])),
                .target(name: "FSCacheProxy", condition: .when(traits: ["Proxy"])),
                "Serializers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .plugin(
            name: "FSCachePlugin",
            capability: .command(
                intent: .custom(verb: "fscache", description: "Manage recorded responses with the tool fscache."),
                permissions: [
                    .writeToPackageDirectory(reason: "fscache stores responses in the package, such as fixtures."),
                    .allowNetworkConnections(
                        scope: .all(ports: []),
                        reason: "fscache fetches responses, which it records."
                    ),
                ]
            ),
            dependencies: ["FSCacheCLI"]
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "FSCache",
                "FSCacheTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/TestSupport"
        ),
        .executableTarget(name: "EvictionBench", dependencies: ["TestSupport"], path: "Benchmarks/Eviction"),
        .executableTarget(
            name: "StoreWorker",
            dependencies: [
                "FSCache",
                .target(name: "FSCacheSQLite", condition: .when(traits: ["SQLite"])),
                "FSCacheFaultTesting",
                "FSCacheTesting",
                "TestSupport",
            ],
            path: "Tests/StoreWorker"
        ),
        .testTarget(
            name: "SerializerTests",
            dependencies: [
                "FSCacheTesting",
                "Serializers",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .testTarget(
            name: "FSCacheTests",
            dependencies: [
                "FSCache",
                "FSCacheAsyncHTTPClient",
                "FSCacheFaultTesting",
                "FSCacheTesting",
                "Serializers",
                "StoreWorker",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(
                    name: "AsyncHTTPClient",
                    package: "async-http-client",
                    condition: .when(traits: ["AsyncHTTPClient"])
                ),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["AsyncHTTPClient"])),
            ]
        ),
        .testTarget(
            name: "FSCacheTestingTests",
            dependencies: [
                "FSCache",
                "FSCacheFixtures",
                "FSCacheTesting",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            exclude: ["Fixtures/Recorded", "Fixtures/Inner"]
        ),
        .testTarget(
            name: "FSCacheCLITests",
            dependencies: [
                "FSCacheCLI",
                "FSCache",
                "FSCacheFixtures",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        .testTarget(
            name: "FSCacheFixturesTests",
            dependencies: [
                "FSCache",
                "FSCacheCLI",
                "FSCacheFixtures",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        .testTarget(
            name: "FSCacheProxyTests",
            dependencies: [
                "FSCache",
                "FSCacheFixtures",
                .target(name: "FSCacheAsyncHTTPClient", condition: .when(traits: ["Proxy"])),
                "FSCacheCLI",
                "FSCacheProxy",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "FSCacheSQLiteTests",
            dependencies: [
                "FSCache",
                "FSCacheSQLite",
                "FSCacheTesting",
                "Serializers",
                "StoreWorker",
                "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "FSCacheRedisTests",
            dependencies: [
                "FSCache",
                "FSCacheRedis",
                "FSCacheTesting",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "FSCacheMongoDBTests",
            dependencies: [
                "FSCache",
                "FSCacheMongoDB",
                "FSCacheTesting",
                "Serializers",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets
where ![.system, .plugin, .binary].contains(target.type) && !["CFileSystem", "CFileFaults"].contains(target.name) {
    target.swiftSettings = [
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
