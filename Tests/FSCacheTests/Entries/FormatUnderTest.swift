import Crypto
import Foundation
import Serializers
import Testing

/// A format that entries are stored in, plain, behind stages, or of a user's own.
struct FormatUnderTest: CustomTestStringConvertible, Sendable {
    let serializer: any Serializer
    /// Whether equal entries give equal bytes, which isn't so with a nonce.
    var isRepeatable = true

    var testDescription: String { serializer.name }
    var fileExtension: String { serializer.fileExtension }

    static let key = SymmetricKey(data: Data(repeating: 7, count: 32))
    static let otherKey = SymmetricKey(data: Data(repeating: 8, count: 32))

    static let json = FormatUnderTest(serializer: .json)
    static let native = FormatUnderTest(serializer: .native)

    /// The formats of this package, without stages.
    static let plain: [FormatUnderTest] = {
        var formats = [native, json]
        #if YAML
        formats.append(FormatUnderTest(serializer: .yaml))
        #endif
        #if BSON
        formats.append(FormatUnderTest(serializer: .bson))
        #endif
        return formats
    }()

    /// The formats that people read.
    static let readable = plain.filter(\.serializer.isHumanReadable)

    /// The formats in which any changed byte is damage.
    static let binary = plain.filter { !$0.serializer.isHumanReadable }

    /// Formats written by users: a binary one, and a readable one that keeps no order.
    static let custom = [
        FormatUnderTest(serializer: PropertyListEntries()), FormatUnderTest(serializer: FoundationJSONEntries()),
    ]

    /// Stages around formats, signed and encrypted with ``key``.
    static let staged: [FormatUnderTest] = plain.flatMap { format in
        var staged = [
            FormatUnderTest(serializer: format.serializer.behind(.signed(key))),
            FormatUnderTest(serializer: format.serializer.behind(.encrypted(key)), isRepeatable: false),
        ]
        #if Compression
        staged.append(FormatUnderTest(serializer: format.serializer.behind(.gzip)))
        staged.append(FormatUnderTest(serializer: format.serializer.behind(.zstd, .signed(key))))
        #endif
        return staged
    }

    static let all = plain + custom + staged

    /// A registry that can read all formats of ``all``.
    static let registry = all.reduce(SerializerRegistry.standard) { $0.registering($1.serializer) }
}

/// Stages with valid keys.
enum StageChoice {
    #if Compression
    case gzip
    case zstd
    #endif
    case signed(SymmetricKey)
    case encrypted(SymmetricKey)

    func stage() throws -> any Stage {
        switch self {
        #if Compression
        case .gzip: GzipStage.gzip()
        case .zstd: ZstdStage.zstd()
        #endif
        case .signed(let key): try SignedStage.signed(with: key)
        case .encrypted(let key): try EncryptedStage.encrypted(with: key)
        }
    }
}

extension Serializer {
    func behind(_ choices: StageChoice...) -> StagedSerializer {
        do {
            return StagedSerializer(base: self, stages: try choices.map { try $0.stage() })
        } catch {
            preconditionFailure("The keys of these tests are long enough.")
        }
    }
}

/// The ten lines that a user writes for a binary format.
private struct PropertyListEntries: Serializer {
    let name = "plist"
    let fileExtension = "plist"
    let isHumanReadable = false

    func encode(_ value: some Encodable) throws -> Data {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        return try encoder.encode(value)
    }

    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try PropertyListDecoder().decode(type, from: data)
    }
}

/// The ten lines for a readable format whose encoder keeps neither order nor the spelling of numbers.
private struct FoundationJSONEntries: Serializer {
    let name = "foundation"
    let fileExtension = "foundation"
    let isHumanReadable = true

    func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return try encoder.encode(value)
    }

    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try JSONDecoder().decode(type, from: data)
    }
}
