// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "WeatherService",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The name is given because the folder of the checkout may have another one.
        .package(name: "FSCache", path: "../..", traits: ["AsyncHTTPClient", "Redis"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.11.0"),
    ],
    targets: [
        .executableTarget(
            name: "Weather",
            dependencies: [
                .product(name: "FSCache", package: "FSCache"),
                .product(name: "FSCacheAsyncHTTPClient", package: "FSCache"),
                .product(name: "FSCacheRedis", package: "FSCache"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)]
        )
    ],
    swiftLanguageModes: [.v6]
)
