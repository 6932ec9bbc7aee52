/// How far long work has come: a line on a terminal that is written over and over, and nothing anywhere else.
struct ProgressLine {
    private let label: String
    private let total: Int?
    private let isShown = StandardStreams.isErrorTerminal
    private var nextUpdate = ContinuousClock.now

    private static let interval = Duration.milliseconds(100)

    /// Begins.
    ///
    /// - Parameters:
    ///   - label: What is being done, such as `Converting`.
    ///   - total: How many entries there are, asked for when there is a terminal to show it.
    init(_ label: String, total: () async throws -> Int) async rethrows {
        self.label = label
        self.total = isShown ? try await total() : nil
    }

    /// Shows how many entries have been dealt with.
    mutating func show(_ count: Int) {
        guard isShown, ContinuousClock.now >= nextUpdate else { return }
        nextUpdate = .now + Self.interval
        StandardStreams.tell("\r\(label): \(count)\(total.map { " of \($0)" } ?? "")\u{1B}[K")
    }

    /// Takes the line away.
    func finish() {
        if isShown { StandardStreams.tell("\r\u{1B}[K") }
    }
}
