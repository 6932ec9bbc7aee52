internal import Foundation

/// The findings that a project accepts, by rule and file, from a file that is checked in.
///
/// Each line has the name of a rule and a pattern for paths, which are relative to the directory of the list:
///
///     # The cookies of the sandbox are worth nothing.
///     cookie sandbox/**
///     credential-member 5c/c4/5cc42f31*.yaml
///
/// `*` and `?` stand for characters other than a slash, and `**` for any. A pattern without a slash is for names in any
/// directory.
package struct AllowList: Sendable {
    private struct Line: Sendable {
        let rule: String
        let pattern: [UInt8]
    }

    /// The name of a list beside the fixtures, or in a directory above them.
    package static let fileName = ".fscache-lint"

    private let lines: [Line]
    /// The absolute path of its directory, with a slash at the end.
    private let directory: String

    /// Reads a list.
    ///
    /// - Throws: ``LintError`` if the file can't be read, or has a line that isn't a rule and a pattern.
    package init(path: String) throws(LintError) {
        let url = URL(filePath: path).standardizedFileURL
        directory = url.deletingLastPathComponent().path(percentEncoded: false)
        let text: String
        do { text = try String(contentsOf: url, encoding: .utf8) } catch {
            throw LintError("Can't read the list of allowed findings \(path).")
        }
        var lines: [Line] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let rule = words.first, !rule.hasPrefix("#") else { continue }
            guard words.count == 2 else {
                throw LintError("\(path):\(number + 1): Write a rule and a pattern, such as '\(rule) **'.")
            }
            guard SecretRule.named(rule) != nil else {
                throw LintError(
                    "\(path):\(number + 1): There is no rule '\(rule)'. 'fscache fixtures lint --rules' lists them."
                )
            }
            lines.append(Line(rule: rule, pattern: Array(words[1].utf8)))
        }
        self.lines = lines
    }

    /// The path of the list for a directory: in it, or in the nearest directory above it up to that of the repository.
    static func nearest(to directory: URL) -> String? {
        var directory = directory.standardizedFileURL
        while true {
            let file = directory.appending(path: fileName).path(percentEncoded: false)
            if FileManager.default.fileExists(atPath: file) { return file }
            let isRoot = directory.pathComponents.count <= 1
            let git = directory.appending(path: ".git").path(percentEncoded: false)
            if isRoot || FileManager.default.fileExists(atPath: git) { return nil }
            directory.deleteLastPathComponent()
        }
    }

    /// Whether findings of a rule in a file are accepted.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - path: The absolute path of the file.
    /// - Returns: True if a line of the list matches.
    func allows(_ rule: SecretRule, in path: String) -> Bool {
        guard path.hasPrefix(directory) else { return false }
        let relative = Array(path.utf8.dropFirst(directory.utf8.count))
        return lines.contains { $0.rule == rule.name && Self.matches($0.pattern, relative) }
    }

    /// Whether a path matches a pattern.
    static func matches(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        let subject = pattern.contains(slash) ? path[...] : path.suffix(while: { $0 != slash })
        return matches(pattern.first == slash ? pattern.dropFirst() : pattern[...], subject)
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        guard first == UInt8(ascii: "*") else {
            guard let octet = path.first else { return false }
            let isEqual = first == octet || (first == UInt8(ascii: "?") && octet != UInt8(ascii: "/"))
            return isEqual && matches(rest, path.dropFirst())
        }
        let crossesSlashes = rest.first == UInt8(ascii: "*")
        var next = crossesSlashes ? rest.dropFirst() : rest
        // `a/**/b` is also `a/b`.
        if crossesSlashes, next.first == UInt8(ascii: "/"), matches(next.dropFirst(), path) { return true }
        if crossesSlashes { next = next.drop { $0 == UInt8(ascii: "*") } }
        var index = path.startIndex
        while true {
            if matches(next, path[index...]) { return true }
            guard index < path.endIndex, crossesSlashes || path[index] != UInt8(ascii: "/") else { return false }
            index += 1
        }
    }
}

extension [UInt8] {
    fileprivate func suffix(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let end = lastIndex { !condition($0) }
        return self[(end.map { $0 + 1 } ?? 0)...]
    }
}
