extension SerializerRegistry {
    /// All serializers and stages of this package that need no settings, as far as the package's traits provide them.
    ///
    /// Serializers: `native`, `json`, with the trait YAML `yaml`, with the trait BSON `bson`. Stages: with the trait
    /// Compression `gz` and `zst`.
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

    /// Advice for each part of a name that would be known if a trait of the package were enabled.
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
