import Crypto
import Foundation
import Serializers
import Testing

@Suite
struct SerializerRegistryTests {
    /// A serializer that differs from others only in its names.
    struct Named: Serializer {
        var name: String
        var fileExtension: String
        var isHumanReadable = false

        func encode(_ value: some Encodable) throws -> Data {
            try PropertyListSerializer().encode(value)
        }

        func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
            try PropertyListSerializer().decode(type, from: data)
        }
    }

    static let key = SymmetricKey(data: Data(0..<32))
    static let registry = SerializerRegistry(serializers: [
        Named(name: "native", fileExtension: "cbor"), Named(name: "text", fileExtension: "txt", isHumanReadable: true),
    ])

    @Test("Serializers are found by name, and by file extension")
    func lookup() throws {
        #expect(try Self.registry.serializer(named: "native").fileExtension == "cbor")
        #expect(try Self.registry.serializer(forFileExtension: "cbor").name == "native")
        #expect(try Self.registry.serializer(forFileExtension: "txt").isHumanReadable)
    }

    @Test(
        "Names and file extensions are different things, and case matters",
        arguments: ["cbor", "Native", "", ".", "native.", ".native"]
    )
    func unknownNames(name: String) {
        expect(throws: .unknownSerializer) { try Self.registry.serializer(named: name) }
    }

    @Test("Registering returns another registry and doesn't change the first one")
    func registeringIsPure() throws {
        let extended = Self.registry.registering(PropertyListSerializer())
        #expect(try extended.serializer(named: "plist") is PropertyListSerializer)
        #expect(extended.serializers.map(\.name) == ["native", "text", "plist"])
        expect(throws: .unknownSerializer) { try Self.registry.serializer(named: "plist") }
    }

    @Test(
        "Registering replaces serializers with the name or the file extension",
        arguments: [
            (Named(name: "own", fileExtension: "cbor"), ["text", "own"]),
            (Named(name: "native", fileExtension: "own"), ["text", "native"]),
            (Named(name: "native", fileExtension: "txt"), ["native"]),
        ]
    )
    func replacing(serializer: Named, names: [String]) throws {
        let registry = Self.registry.registering(serializer)
        #expect(registry.serializers.map(\.name) == names)
        #expect(try registry.serializer(forFileExtension: serializer.fileExtension).name == serializer.name)
        #expect(
            SerializerRegistry(serializers: Self.registry.serializers + [serializer]).serializers.count == names.count
        )
    }

    @Test("Signed and encrypted files are found only once their stage is registered")
    func stagesWithKeys() throws {
        expect(throws: .unknownSerializer) { try Self.registry.serializer(named: "native.signed") }
        let registry = try Self.registry.registering(.signed(with: Self.key)).registering(.encrypted(with: Self.key))
        let serializer = try registry.serializer(forFileExtension: "cbor.encrypted.signed")
        #expect(serializer.name == "native.encrypted.signed")
        #expect(serializer.fileExtension == "cbor.encrypted.signed")
        #expect(try serializer.encode([1]).starts(with: Data("FSCSIGN".utf8)))
        #expect(try serializer.decode([Int].self, from: serializer.encode([1, 2])) == [1, 2])
    }

    @Test("Registering a stage replaces the one with the same file extension")
    func replacingStages() throws {
        let otherKey = SymmetricKey(size: .bits256)
        let registry = try Self.registry.registering(.signed(with: otherKey)).registering(.signed(with: Self.key))
        let bytes = try Self.registry.serializers[0].staged(.signed(with: Self.key)).encode([1])
        #expect(try registry.serializer(named: "native.signed").decode([Int].self, from: bytes) == [1])
        #expect(registry.stages.count == 1)
    }

    @Test("A registered staged serializer takes precedence over one composed from its name")
    func registeredFirst() throws {
        let own = Named(name: "text.signed", fileExtension: "txt.signed", isHumanReadable: true)
        let registry = try Self.registry.registering(own).registering(.signed(with: Self.key))
        #expect(try registry.serializer(named: "text.signed") is Named)
        #expect(try registry.serializer(named: "native.signed") is StagedSerializer)
        let twice = try #require(try registry.serializer(named: "text.signed.signed") as? StagedSerializer)
        #expect(twice.base is Named)
        #expect(twice.stages.count == 1)
    }

    @Test("The error lists the known names")
    func message() throws {
        let registry = try Self.registry.registering(.signed(with: Self.key)).registering(.encrypted(with: Self.key))
        let name = try #require(throws: SerializationError.self) { try registry.serializer(named: "toml") }
        #expect(
            name.message == "No serializer has the name 'toml'. There are: native, text, "
                + "each of which may end in .signed or .encrypted."
        )
        let file = try #require(throws: SerializationError.self) {
            try Self.registry.serializer(forFileExtension: "toml")
        }
        #expect(file.message == "No serializer has the file extension 'toml'. There are: cbor, txt.")
    }
}
