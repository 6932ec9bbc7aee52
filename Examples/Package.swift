// swift-tools-version: 6.2

import PackageDescription

/// Each is a folder under Sources with one file of the same name.
let programs: [String] = []

let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Named, so that it is found whatever the checkout's folder is called.
        .package(name: "FSCache", path: "..")
    ],
    targets: programs.map { program in
        .executableTarget(
            name: program,
            dependencies: [
                .product(name: "FSCache", package: "FSCache"),
                .product(name: "Serializers", package: "FSCache"),
            ],
            swiftSettings: [
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ]
        )
    },
    swiftLanguageModes: [.v6]
)
