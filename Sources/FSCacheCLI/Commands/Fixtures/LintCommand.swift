import ArgumentParser
import FSCacheFixtures
import Foundation

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find secrets in recorded responses before they are checked in.",
        discussion: """
            Every file is read as text, whether or not it is a valid entry. Escapes of URLs and JSON are decoded, and so \
            is base64 in members of this name. Compressed and encrypted content is not decoded.

            Each line of output has the path, line and column (in octets) of a secret, the rule, and what to do. It shows \
            at most the first four characters of the secret. --json prints one object per line with the members path, \
            line, column, rule, message, prefix and length.

            The file .fscache-lint beside the fixtures, or in the nearest directory above them up to that of the Git \
            repository, lists findings that are allowed. Each of its lines has a rule and a pattern for paths relative \
            to it; '**' matches any path:
              cookie sandbox/**

            EXAMPLES:
              fscache fixtures lint Tests/Recorded
              fscache fixtures lint --emails --environment SHOP_TOKEN Tests/Recorded
              fscache fixtures lint --allow cookie Tests/Recorded

            EXIT CODES:
              0    no secrets were found
              1    failure; the reason is on standard error
              2    secrets were found
              64   invalid arguments
            """
    )

    @Argument(help: ArgumentHelp("Directories and files to search.", valueName: "dir"), completion: .directory)
    var paths: [String] = []

    @Option(
        help: ArgumentHelp("Report nothing for a rule. Repeat it for more.", valueName: "rule"),
        transform: rule(argument:)
    )
    var allow: [SecretRule] = []

    @Option(
        help: ArgumentHelp("The list of allowed findings, in place of .fscache-lint.", valueName: "file"),
        completion: .file()
    )
    var allowFile: String?

    @Option(
        help: ArgumentHelp(
            "Find the value of an environment variable, also in base64. Repeat it for more.",
            valueName: "name"
        )
    )
    var environment: [String] = []

    @Flag(help: "Find e-mail addresses, except those in domains that are reserved for examples.")
    var emails = false

    @Flag(help: "Print JSON objects.")
    var json = false

    @Flag(help: "List the rules.")
    var rules = false

    func validate() throws {
        guard rules != !paths.isEmpty else { throw ValidationError("Name the directories to search.") }
    }

    func run() throws {
        if rules { return try listRules() }
        let scanner = SecretScanner(findsEmails: emails, environment: try secrets(), allowed: Set(allow))
        var count = 0
        var files: Set<String> = []
        let summary: FixtureLinter.Summary
        do {
            summary = try FixtureLinter(scanner, allowFile: allowFile).lint(paths) { finding in
                count += 1
                files.insert(finding.path)
                try write(finding)
            }
        } catch let error as LintError {
            throw CommandError(error.description)
        }
        let allowed = summary.allowed == 0 ? "" : "; \(summary.allowed) allowed"
        let all = summary.files == 1 ? "1 file" : "\(summary.files) files"
        guard count > 0 else { return StandardStreams.tell("No secrets in \(all)\(allowed).\n") }
        StandardStreams.tell("\(count == 1 ? "1 secret" : "\(count) secrets") in \(files.count) of \(all)\(allowed).\n")
        throw ExitCode(2)
    }

    private func listRules() throws {
        var table = TextTable()
        for rule in SecretRule.all { table.append([rule.name, rule.subject]) }
        try StandardStreams.write(Data(table.text.utf8))
    }

    private func write(_ finding: SecretFinding) throws {
        if json {
            try StandardStreams.writeJSON(FindingLine(finding))
        } else {
            try StandardStreams.writeLine(finding.description.printable)
        }
    }

    /// The values to search for.
    private func secrets() throws -> [EnvironmentSecret] {
        let values = ProcessInfo.processInfo.environment
        return try environment.compactMap { name in
            guard let value = values[name] else {
                StandardStreams.tell("note: \(name) is not set, so its value is not searched for.\n")
                return nil
            }
            guard let secret = EnvironmentSecret(value) else {
                throw ValidationError(
                    "The value of \(name) has fewer than \(EnvironmentSecret.minimumLength) octets, so it would be found "
                        + "by chance."
                )
            }
            return secret
        }
    }

    private static func rule(argument: String) throws -> SecretRule {
        guard let rule = SecretRule.named(argument) else {
            throw ValidationError("There is no rule \(argument.debugDescription). --rules lists them.")
        }
        return rule
    }
}

/// A line of `fixtures lint --json`.
///
/// The members are stable, because programs read them.
private struct FindingLine: Encodable {
    let path: String
    let line: Int
    let column: Int
    let rule: String
    let message: String
    let prefix: String
    let length: Int

    init(_ finding: SecretFinding) {
        path = finding.path
        line = finding.line
        column = finding.column
        rule = finding.match.rule.name
        message = "\(finding.match.rule.subject). \(finding.match.rule.remedy)"
        prefix = finding.match.prefix
        length = finding.match.length
    }
}
