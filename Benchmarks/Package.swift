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
        .trait(name: "AsyncHTTPClient", description: "Large bodies from the network, over SwiftNIO.")
    ],
    dependencies: [
        // Named, so that it is found regardless of the name of the checkout's folder.
        .package(
            name: "FSCache",
            path: "..",
            traits: [.defaults, .trait(name: "AsyncHTTPClient", condition: .when(traits: ["AsyncHTTPClient"]))]
        ),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    ],
    targets: [
        .target(name: "CAllocationCounter"),
        .target(name: "CSystemCalls"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CAllocationCounter",
                "CSystemCalls",
                .product(name: "FSCache", package: "FSCache"),
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
