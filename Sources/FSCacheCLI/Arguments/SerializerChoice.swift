import ArgumentParser
import Serializers

/// A serializer, chosen by name.
struct SerializerChoice {
    let serializer: any Serializer

    static let registry = SerializerRegistry.standard

    init(argument: String) throws {
        do {
            serializer = try Self.registry.serializer(named: argument)
        } catch {
            throw ValidationError((error as? SerializationError)?.message ?? "\(error)")
        }
    }

    /// The names that are suggested: each serializer alone and with each of the stages.
    static var names: [String] {
        registry.serializers.flatMap { serializer in
            [serializer.name] + registry.stages.map { "\(serializer.name).\($0.fileExtension)" }
        }
    }

    static var help: String {
        let stages = registry.stages.map { ".\($0.fileExtension)" }.joined(separator: " or ")
        let names = registry.serializers.map(\.name).joined(separator: ", ")
        return stages.isEmpty ? names : "\(names), each with \(stages) behind it to be compressed"
    }
}
