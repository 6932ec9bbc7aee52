import Testing

/// The formats that the tool writes, as the tests build it.
struct SerializerCase: Sendable, CustomTestStringConvertible {
    var name: String
    var fileExtension: String

    var testDescription: String { name }

    static let all = [
        SerializerCase(name: "native", fileExtension: "cbor"),
        SerializerCase(name: "json", fileExtension: "json"),
        SerializerCase(name: "yaml", fileExtension: "yaml"),
        SerializerCase(name: "bson", fileExtension: "bson"),
        SerializerCase(name: "json.gz", fileExtension: "json.gz"),
        SerializerCase(name: "native.zst", fileExtension: "cbor.zst"),
    ]
}
