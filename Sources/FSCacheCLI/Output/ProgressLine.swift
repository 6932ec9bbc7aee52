/// A line that shows the progress of long work, if standard error is a terminal.
struct ProgressLine {
    private let label: String
    private let total: Int?
    private let isShown = StandardStreams.isErrorTerminal
    private var nextUpdate = ContinuousClock.now

    private static let interval = Duration.milliseconds(100)

    /// - Parameters:
    ///   - label: The work, such as `Converting`.
    ///   - total: Counts the entries. It is called only if the line is shown.
    init(_ label: String, total: () async throws -> Int) async rethrows {
        self.label = label
        self.total = isShown ? try await total() : nil
    }

    /// Shows how many entries are done.
    mutating func show(_ count: Int) {
        guard isShown, ContinuousClock.now >= nextUpdate else { return }
        nextUpdate = .now + Self.interval
        StandardStreams.draw("\r\(label): \(count)\(total.map { " of \($0)" } ?? "")\u{1B}[K")
    }

    /// Removes the line.
    func finish() {
        if isShown { StandardStreams.draw("\r\u{1B}[K") }
    }
}
