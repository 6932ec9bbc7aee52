import ArgumentParser
import FSCache
import Foundation
import Serializers

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print an entry as readable text.",
        discussion: """
            The entry is printed as YAML, or as JSON if this build has no YAML, regardless of its stored format: the \
            request, the status, the header fields, the times, and the body. A JSON body is printed as nested data, text \
            as text, and anything else as base64.

            \(Manual.references)

            EXAMPLES:
              fscache show https://api.example.com/items
              fscache show 3f2a
              fscache show --body 3f2a > items.json

            \(Manual.exitCodes)
            """
    )

    enum Part: EnumerableFlag {
        case head
        case body

        static func help(for value: Part) -> ArgumentHelp? {
            switch value {
            case .head: "Print everything before the body."
            case .body: "Print only the body, byte for byte."
            }
        }
    }

    @Argument(
        help: ArgumentHelp("The entry.", valueName: "key|url"),
        transform: EntryReference.init(argument:)
    )
    var reference: EntryReference

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var part: Part?

    func run() async throws {
        let entry = try await EntryFinder(opened: OpenCache(options, for: .looking)).entry(reference)
        guard var response = entry.response else {
            throw CommandError("\(entry.listing.path ?? reference.text): \(entry.failureText.printable)")
        }
        if part == .body {
            for try await piece in response.content { try StandardStreams.write(piece) }
            return
        }
        guard part == .head || entry.listing.byteCount <= EncodedEntry.wholeByteLimit else {
            throw CommandError("\(reference.text) has more than 1 GiB. Print its parts with --head and --body.")
        }
        response.body = part == .head ? Data() : try await response.content.collect()
        let text = try EntryText(response, key: entry.key)
        try StandardStreams.write(part == .head ? text.head() : text.bytes)
    }
}

/// An entry as readable text in YAML, or in JSON if the build has no YAML, regardless of its stored format.
private struct EntryText {
    private let serializer: any Serializer
    let bytes: Data

    init(_ response: StoredResponse, key: CacheKey) throws {
        let registry = SerializerRegistry.standard
        serializer = (try? registry.serializer(named: "yaml")) ?? .json
        bytes = try response.encoded(with: serializer, for: key)
    }

    /// Everything before the body.
    func head() throws -> Data {
        // In YAML, only the names of the outermost map begin a line without indentation.
        if let end = bytes.firstRange(of: Data("\nbody:".utf8)) { return bytes[...end.lowerBound] }
        guard case .map(let members) = try serializer.decode(Document.self, from: bytes) else { return bytes }
        return try serializer.encode(Document.map(members.filter { $0.name != "body" }))
    }
}
