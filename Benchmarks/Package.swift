// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    traits: [
        .trait(name: "AsyncHTTPClient", description: "Large bodies from the network, over SwiftNIO."),
        .trait(name: "Stores", description: "Hits in SQLite, Redis and MongoDB, and in their C libraries."),
    ],
    dependencies: [
        // Named, so that it is found regardless of the name of the checkout's folder.
        .package(
            name: "FSCache",
            path: "..",
            traits: [
                .defaults,
                .trait(name: "AsyncHTTPClient", condition: .when(traits: ["AsyncHTTPClient"])),
                .trait(name: "SQLite", condition: .when(traits: ["Stores"])),
                .trait(name: "Redis", condition: .when(traits: ["Stores"])),
                .trait(name: "MongoDB", condition: .when(traits: ["Stores"])),
            ]
        ),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    ],
    targets: [
        .target(name: "CAllocationCounter"),
        .target(name: "CSystemCalls"),
        // The names differ from those of FSCache's targets, because each name is unique among all packages.
        .systemLibrary(name: "CSQLiteLibrary", pkgConfig: "sqlite3"),
        .systemLibrary(name: "CHiredisLibrary", pkgConfig: "hiredis"),
        .systemLibrary(name: "CMongoCLibrary", pkgConfig: "libmongoc-1.0"),
        .target(name: "CStoreClients", dependencies: ["CSQLiteLibrary", "CHiredisLibrary", "CMongoCLibrary"]),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CAllocationCounter",
                "CSystemCalls",
                .target(name: "CStoreClients", condition: .when(traits: ["Stores"])),
                .product(name: "FSCache", package: "FSCache"),
                .product(name: "FSCacheSQLite", package: "FSCache", condition: .when(traits: ["Stores"])),
                .product(name: "FSCacheRedis", package: "FSCache", condition: .when(traits: ["Stores"])),
                .product(name: "FSCacheMongoDB", package: "FSCache", condition: .when(traits: ["Stores"])),
                .product(name: "Serializers", package: "FSCache"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "largebody",
            dependencies: [
                .product(name: "FSCache", package: "FSCache"),
                .product(
                    name: "FSCacheAsyncHTTPClient",
                    package: "FSCache",
                    condition: .when(traits: ["AsyncHTTPClient"])
                ),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
