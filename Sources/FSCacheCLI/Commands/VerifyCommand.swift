import ArgumentParser
import FSCache
import Foundation

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every stored response, and repair the cache.",
        discussion: """
            Reads everything, and prints a line for each problem and each note, and a summary. Programs can use the cache \
            meanwhile. Without --repair, nothing is changed.

            PROBLEMS, and what --repair does:
              damaged     an entry can't be decoded: it is set aside, as a file that ends in .invalid
              unreadable  an entry can't be read
              wrong key   no request for the URL of the entry can have its key
              misplaced   an intact entry is in a directory where reads don't find it: it is moved, unless a newer one is in \
            its place
              duplicate   a key has several entries: the newest intact one stays, the others are set aside
              writable    others may write a file or a directory: its permissions are restored

            NOTES:
              readable        others may read files or directories: with --repair, their permissions are restored
              stray           a temporary file of a dead process, or an empty directory: --repair removes it
              set aside       an entry that could not be decoded
              unknown format  an entry that this tool can't read
              foreign         a file that doesn't belong to the cache; it is never touched

            A key can depend on options, such as --match-header. A key that can't be compared for this reason, or because a \
            value is stored as REDACTED, is counted and not reported. Being interrupted loses nothing, and several processes \
            may repair one cache at once. Of stores other than files, the entries and their keys are checked.

            --json prints an object with the members path, findings (an array of objects with kind, problem, key, path, \
            message and repaired), entries, bytes, uncheckedKeys, problems, notes, repaired and remainingProblems.

            EXAMPLES:
              fscache verify
              fscache verify --repair --cache Tests/http_cache
              fscache verify --json | jq '.findings[] | select(.problem)'

            EXIT CODES:
              0    no problems, or all of them have been repaired
              1    the cache can't be read; the reason is on standard error
              2    there are problems
              64   invalid arguments
            """
    )

    @OptionGroup var options: CacheOptions
    @OptionGroup var matching: MatchingOptions

    @Flag(help: "Repair what can be repaired.")
    var repair = false

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        var settings = CacheSettings()
        matching.apply(to: &settings)
        let opened = try OpenCache(options, for: repair ? .maintaining : .looking, settings: settings)
        opened.tellIfMissing()
        var progress = try await ProgressLine("Verifying entries") { try await opened.cache.count() }
        defer { progress.finish() }
        let output = VerificationOutput(path: opened.path, isJSON: json)
        try output.begin()
        let summary = try await opened.cache.verify(
            repairing: repair && opened.exists,
            progress: { progress.show($0) },
            found: { finding in
                progress.finish()
                try output.write(finding)
            }
        )
        progress.finish()
        try output.end(summary)
        await opened.cache.close()
        if summary.remainingProblems > 0 { throw ExitCode(2) }
    }
}

/// The output of `verify`.
///
/// The members are stable, because programs read them. Findings are written as they are found, so that any number of
/// them fits into memory.
private final class VerificationOutput {
    private struct Row: Encodable {
        var kind: String
        var problem: Bool
        var key: String?
        var path: String?
        var message: String
        var repaired: Bool

        private enum CodingKeys: CodingKey {
            case kind, problem, key, path, message, repaired
        }

        /// Writes every member, including those that are `null`.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(kind, forKey: .kind)
            try container.encode(problem, forKey: .problem)
            try container.encode(key, forKey: .key)
            try container.encode(path, forKey: .path)
            try container.encode(message, forKey: .message)
            try container.encode(repaired, forKey: .repaired)
        }
    }

    private let path: String
    private let isJSON: Bool
    private var isFirst = true

    init(path: String, isJSON: Bool) {
        self.path = path
        self.isJSON = isJSON
    }

    func begin() throws {
        guard isJSON else { return }
        try StandardStreams.write(Data(#"{"path":"#.utf8) + StandardStreams.json(path) + Data(#","findings":["#.utf8))
    }

    func write(_ finding: VerificationFinding) throws {
        let row = Row(
            kind: finding.kind.description,
            problem: finding.kind.isProblem,
            key: finding.key?.description,
            path: finding.path,
            message: finding.message,
            repaired: finding.isRepaired
        )
        if isJSON {
            try StandardStreams.write(Data((isFirst ? "\n" : ",\n").utf8) + StandardStreams.json(row))
            isFirst = false
        } else {
            let place = (row.path ?? row.key).map { "\($0): " } ?? ""
            let repaired = row.repaired ? " (repaired)" : ""
            try StandardStreams.writeLine("\(row.kind): \(place)\(row.message)\(repaired)".printable)
        }
    }

    func end(_ summary: VerificationSummary) throws {
        guard !isJSON else {
            let members: KeyValuePairs = [
                "entries": summary.entries, "bytes": summary.bytes, "uncheckedKeys": summary.uncheckedKeys,
                "problems": summary.problems, "notes": summary.notes, "repaired": summary.repaired,
                "remainingProblems": summary.remainingProblems,
            ]
            let text = members.map { #","\#($0.key)":\#($0.value)"# }.joined()
            return try StandardStreams.write(Data("]\(text)}\n".utf8))
        }
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        var parts = [
            "\(Readable.entries(summary.entries)), \(Readable.size(summary.bytes))",
            count(summary.problems, "problem"), count(summary.notes, "note"),
        ]
        if summary.repaired > 0 {
            parts.append("\(summary.repaired) repaired, \(count(summary.remainingProblems, "problem")) left")
        }
        if summary.uncheckedKeys > 0 { parts.append(count(summary.uncheckedKeys, "key") + " not checked") }
        try StandardStreams.writeLine(parts.joined(separator: ", ") + ".")
    }
}
