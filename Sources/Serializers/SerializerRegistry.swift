/// Finds serializers by name or by file extension.
///
/// A registry is a value: registering returns a new one and doesn't change this one.
///
/// ```swift
/// let registry = try SerializerRegistry.standard
///     .registering(PropertyListSerializer())
///     .registering(.signed(with: key))
/// let serializer = try registry.serializer(named: "plist.gz.signed")
/// ```
///
/// Stages compose by name: `json.gz` is the serializer `json` with the stage `gz` around it. The standard registry has
/// the stages that compress. Register stages that need a key yourself, either as a stage, which goes around any
/// serializer, or within a ``StagedSerializer``.
public struct SerializerRegistry: Sendable {
    /// The serializers, in the order of their registration.
    public private(set) var serializers: [any Serializer]
    /// The stages that names may add to a serializer's, in the order of their registration.
    public private(set) var stages: [any Stage]

    /// Makes a registry with only these serializers and stages.
    ///
    /// - Parameters:
    ///   - serializers: The serializers. Of two with the same name or file extension, the last is kept.
    ///   - stages: The stages. Of two with the same file extension, the last is kept.
    public init(serializers: [any Serializer] = [], stages: [any Stage] = []) {
        self.serializers = []
        self.stages = []
        for serializer in serializers { register(serializer) }
        for stage in stages { register(stage) }
    }

    /// Adds a serializer.
    ///
    /// - Parameter serializer: The serializer. It replaces those with its name or file extension.
    /// - Returns: The registry with the serializer.
    public func registering(_ serializer: any Serializer) -> SerializerRegistry {
        var registry = self
        registry.register(serializer)
        return registry
    }

    /// Adds a stage, so that names may end in its file extension.
    ///
    /// - Parameter stage: The stage. It replaces the one with its file extension.
    /// - Returns: The registry with the stage.
    public func registering(_ stage: any Stage) -> SerializerRegistry {
        var registry = self
        registry.register(stage)
        return registry
    }

    /// Finds a serializer by its name, such as `json`, or by its name and the extensions of stages, such as `json.gz`.
    ///
    /// - Parameter name: The name. It is case-sensitive.
    /// - Returns: The serializer.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unknownSerializer``, and a message that lists the
    ///   names that exist.
    public func serializer(named name: String) throws -> any Serializer {
        guard let serializer = find(name, by: \.name) else {
            throw unknown("No serializer has the name '\(name)'", known: serializers.map(\.name), wanted: name)
        }
        return serializer
    }

    /// Finds the serializer for a file by its extension, such as `json`, `cbor` or `cbor.zst`.
    ///
    /// - Parameter fileExtension: The extension, with those of all stages and without the leading dot. It is
    ///   case-sensitive.
    /// - Returns: The serializer.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/unknownSerializer``, and a message that lists the
    ///   names that exist.
    public func serializer(forFileExtension fileExtension: String) throws -> any Serializer {
        guard let serializer = find(fileExtension, by: \.fileExtension) else {
            throw unknown(
                "No serializer has the file extension '\(fileExtension)'",
                known: serializers.map(\.fileExtension),
                wanted: fileExtension
            )
        }
        return serializer
    }
}

extension SerializerRegistry {
    private mutating func register(_ serializer: any Serializer) {
        serializers.removeAll { $0.name == serializer.name || $0.fileExtension == serializer.fileExtension }
        serializers.append(serializer)
    }

    private mutating func register(_ stage: any Stage) {
        stages.removeAll { $0.fileExtension == stage.fileExtension }
        stages.append(stage)
    }

    private func find(_ wanted: String, by property: (any Serializer) -> String) -> (any Serializer)? {
        if let serializer = serializers.first(where: { property($0) == wanted }) { return serializer }
        // Then look for a serializer with stages around it, the longest name first.
        var stack: [any Stage] = []
        var rest = wanted[...]
        while let dot = rest.lastIndex(of: "."),
            let stage = stages.first(where: { $0.fileExtension == rest[rest.index(after: dot)...] })
        {
            stack.insert(stage, at: 0)
            rest = rest[..<dot]
            if let base = serializers.first(where: { property($0) == rest }) {
                return StagedSerializer(base: base, stages: stack)
            }
        }
        return nil
    }

    private func unknown(_ problem: String, known: [String], wanted: String) -> SerializationError {
        var message = "\(problem). There are: \(known.joined(separator: ", "))"
        if !stages.isEmpty {
            message += ", each of which may end in \(stages.map { ".\($0.fileExtension)" }.joined(separator: " or "))"
        }
        message += "."
        let sentences = [message] + Self.traitAdvice(for: wanted)
        return SerializationError(.unknownSerializer, sentences.joined(separator: " "))
    }
}

extension SerializerRegistry {
    /// All serializers and stages of this package that need no settings and whose traits are enabled.
    ///
    /// Serializers: `native`, `json`, `yaml` (with the trait YAML), `bson` (with the trait BSON). Stages: `gz` and
    /// `zst` (with the trait Compression).
    public static let standard: SerializerRegistry = {
        var serializers: [any Serializer] = [.native, .json]
        #if YAML
        serializers.append(.yaml)
        #endif
        #if BSON
        serializers.append(.bson)
        #endif

        var stages: [any Stage] = []
        #if Compression
        stages += [.gzip(), .zstd()]
        #endif
        return SerializerRegistry(serializers: serializers, stages: stages)
    }()

    /// Advice for each part of a name that another trait of the package would provide.
    static func traitAdvice(for name: String) -> [String] {
        var missing: [String: String] = [:]
        #if !YAML
        missing["yaml"] = "YAML"
        #endif
        #if !BSON
        missing["bson"] = "BSON"
        #endif
        #if !Compression
        missing["gz"] = "Compression"
        missing["zst"] = "Compression"
        #endif
        return name.split(separator: ".").compactMap { part in
            missing[String(part)].map { "For '\(part)', enable the trait \($0) of the package." }
        }
    }
}
