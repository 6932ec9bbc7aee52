package import Logging
internal import Synchronization

/// Records log lines for a test.
package final class LogRecorder: Sendable {
    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.recorded.withLock { lines in
                lines.all.append("\(event.level): \(event.message) \(event.metadata ?? [:])")
                lines.openGates()
            }
        }
    }

    private struct Lines {
        var all: [String] = []
        /// Each opens when a line contains a text.
        var gates: [(text: String, gate: Gate)] = []

        func openGates() {
            for (text, gate) in gates where all.contains(where: { $0.contains(text) }) { gate.open() }
        }
    }

    private let level: Logger.Level
    private let recorded = Mutex(Lines())

    /// Makes a recorder.
    ///
    /// - Parameter level: The lowest level that is recorded.
    package init(_ level: Logger.Level = .trace) {
        self.level = level
    }

    /// A logger whose lines are kept.
    package var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self, logLevel: self.level) }
    }

    /// The lines so far, each `level: message metadata`.
    package var lines: [String] { recorded.withLock { $0.all } }

    /// The lines so far as one text.
    package var text: String { lines.joined(separator: "\n") }

    /// Suspends the task until a line contains a text.
    package func logged(_ text: String) async {
        let gate = Gate()
        recorded.withLock { lines in
            lines.gates.append((text, gate))
            lines.openGates()
        }
        await gate.opened()
    }

    /// Forgets the lines so far.
    package func clear() {
        recorded.withLock { $0.all = [] }
    }
}
