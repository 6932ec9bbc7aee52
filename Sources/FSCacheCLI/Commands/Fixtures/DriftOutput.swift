import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes

/// A line of `fixtures drift --json`.
///
/// The members are stable, because programs read them.
struct DriftLine: Encodable {
    struct Change: Encodable {
        let severity: String
        let part: String
        let name: String?
        let recorded: String?
        let live: String?
    }

    /// How many changes of a response are printed.
    private static let longestList = 20

    let path: String
    let method: String?
    let url: String?
    /// The severity, `error` or `skipped`.
    let result: String
    let changes: [Change]
    /// How many further changes there are.
    let omitted: Int
    let reason: String?

    /// The changes as text.
    private let texts: [String]

    private enum CodingKeys: CodingKey {
        case path, method, url, result, changes, omitted, reason
    }

    init(_ recorded: FixtureDirectory.Recorded, _ outcome: FixtureDriftCheck.Outcome) {
        let request = recorded.entry.response.request
        path = recorded.path
        method = request.method.rawValue
        url = request.url
        var all: [FixtureDrift.Change] = []
        switch outcome {
        case .compared(let changes):
            all = changes
            result = (changes.first?.severity ?? .none).rawValue
            reason = nil
        case .skipped(let text): (result, reason) = ("skipped", text)
        case .failed(let text): (result, reason) = ("error", text)
        }
        let shown = all.prefix(Self.longestList)
        changes = shown.map { change in
            Change(
                severity: change.severity.rawValue,
                part: change.part.rawValue,
                name: change.name,
                recorded: change.recorded,
                live: change.live
            )
        }
        texts = shown.map(\.description)
        omitted = all.count - shown.count
    }

    /// The line for a file that can't be read.
    init(unreadable path: String) {
        self.path = path
        (method, url) = (nil, nil)
        (result, reason) = ("error", "the file can't be read as a recorded response")
        (changes, texts, omitted) = ([], [], 0)
    }

    /// The lines for people.
    var text: String {
        func label(_ name: String) -> String { name.padding(toLength: 8, withPad: " ", startingAt: 0) }
        let detail = (reason ?? texts.first).map { ": \($0)" } ?? ""
        var lines = ["\(label(result))  \(path)\(detail)"]
        for (change, text) in zip(changes, texts).dropFirst() {
            lines.append("          \(label(change.severity))  \(text)")
        }
        if omitted > 0 { lines.append("          and \(omitted) more") }
        return lines.map(\.printable).joined(separator: "\n")
    }
}

/// Writes the lines of `fixtures drift`, and counts them.
struct DriftOutput {
    let isJSON: Bool
    private var counts: [String: Int] = [:]

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func write(_ line: DriftLine) throws {
        counts[line.result, default: 0] += 1
        if isJSON {
            try StandardStreams.writeJSON(line)
        } else {
            try StandardStreams.writeLine(line.text)
        }
    }

    /// How many responses have which result.
    var summary: String {
        let results = ["breaking", "notable", "value", "none", "error", "skipped"].compactMap { result in
            counts[result].map { "\($0) \(result)" }
        }
        return "\(counts.values.reduce(0, +).counted("response")): \(results.joined(separator: ", ")).\n"
    }

    /// The exit code.
    ///
    /// - Parameter threshold: The lowest severity that fails.
    /// - Returns: The code; `nil` for success.
    func exitCode(from threshold: FixtureDrift.Severity) -> Int32? {
        func has(_ severity: FixtureDrift.Severity) -> Bool {
            severity >= threshold && counts[severity.rawValue] != nil
        }
        if has(.breaking) { return 2 }
        // A check that has compared nothing must not look like a success.
        if counts["error"] != nil || counts.keys.allSatisfy({ $0 == "skipped" }) { return 1 }
        return has(.notable) ? 3 : has(.value) ? 4 : nil
    }
}
