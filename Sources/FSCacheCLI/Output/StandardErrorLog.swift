import Logging

/// Log lines on standard error, as short as they can be.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }
        let suffix = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
        StandardStreams.tell("\(event.level): \(event.message)\(suffix)\n")
    }
}
