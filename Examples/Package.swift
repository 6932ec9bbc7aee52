// swift-tools-version: 6.2

import PackageDescription

/// Each program is a folder in Sources with one file of that name.
let programs = [
    "Quickstart", "ExpirationByURL", "RevalidationAndStale", "ReadableFiles", "OwnSerializer", "ComposedStages",
    "Maintenance",
]

/// The libraries that a program can import.
let libraries: [Target.Dependency] = [
    .product(name: "FSCache", package: "FSCache"),
    .product(name: "Serializers", package: "FSCache"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Crypto", package: "swift-crypto"),
]

let settings: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]

let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The name is given because the folder of the checkout may have another one.
        .package(name: "FSCache", path: "..", traits: ["YAML", "BSON", "Compression"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
    ],
    targets: programs.map { program in
        .executableTarget(name: program, dependencies: libraries + ["Origin"], swiftSettings: settings)
    } + [
        .target(name: "Origin", dependencies: libraries, swiftSettings: settings),
        .testTarget(
            name: "FixtureTests",
            dependencies: libraries + ["Origin", .product(name: "FSCacheTesting", package: "FSCache")],
            exclude: ["Recorded"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
