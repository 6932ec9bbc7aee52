internal import Foundation

/// Searches the files of fixtures for secrets.
///
/// It reads files as text, and needs neither valid entries nor a cache. Compressed and encrypted content isn't decoded.
package struct FixtureLinter: Sendable {
    private let scanner: SecretScanner
    private let allowFile: String?

    /// How many files were read, and how many findings a list allowed.
    package struct Summary: Sendable {
        /// The number of files that were read.
        package private(set) var files = 0
        /// The number of findings that a list allowed.
        package private(set) var allowed = 0

        fileprivate mutating func add(allowed count: Int) {
            files += 1
            allowed += count
        }
    }

    /// Makes a linter.
    ///
    /// - Parameters:
    ///   - scanner: What to look for.
    ///   - allowFile: The path of the list of allowed findings. If it is `nil`, each path has its own:
    ///     ``AllowList/fileName`` in its directory, or in the nearest one above.
    package init(_ scanner: SecretScanner, allowFile: String? = nil) {
        self.scanner = scanner
        self.allowFile = allowFile
    }

    /// Searches files, and directories with all that is in them.
    ///
    /// Symbolic links in a directory, and directories named `.git`, are skipped.
    ///
    /// - Parameters:
    ///   - paths: The paths.
    ///   - report: Gets the findings in the order of the paths, then of the names of files, then of their places.
    /// - Returns: What was read.
    /// - Throws: ``LintError`` if there is no such path, or a file or a list can't be read, and what `report` throws.
    package func lint(_ paths: [String], report: (SecretFinding) throws -> Void) throws -> Summary {
        var summary = Summary()
        let shared = try allowFile.map { path throws(LintError) in try AllowList(path: path) }
        for path in paths {
            var isDirectory: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw LintError("There is no file or directory \(path).")
            }
            let url = URL(filePath: path).standardizedFileURL
            let folder = isDirectory.boolValue ? url : url.deletingLastPathComponent()
            let list =
                try shared ?? AllowList.nearest(to: folder).map { file throws(LintError) in try AllowList(path: file) }
            let root = url.path(percentEncoded: false)
            for name in isDirectory.boolValue ? try Self.files(in: path) : [""] {
                let findings = try findings(in: name.isEmpty ? path : path.appendingPathComponent(name))
                let absolute = name.isEmpty ? root : root.appendingPathComponent(name)
                let kept = findings.filter { list?.allows($0.match.rule, in: absolute) != true }
                try kept.forEach(report)
                summary.add(allowed: findings.count - kept.count)
            }
        }
        return summary
    }

    /// The secrets in a file.
    private func findings(in path: String) throws(LintError) -> [SecretFinding] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw LintError("Can't read the file \(path).")
        }
        let text = [UInt8](data)
        var (line, lineStart, index) = (1, 0, 0)
        return scanner.matches(in: text).map { match in
            while index < match.range.lowerBound {
                if text[index] == UInt8(ascii: "\n") { (line, lineStart) = (line + 1, index + 1) }
                index += 1
            }
            return SecretFinding(path: path, line: line, column: match.range.lowerBound - lineStart + 1, match: match)
        }
    }

    /// The relative paths of the regular files in a directory, in order.
    private static func files(in directory: String) throws(LintError) -> [String] {
        guard let names = FileManager.default.enumerator(atPath: directory) else {
            throw LintError("Can't list the directory \(directory).")
        }
        var files: [String] = []
        while let name = names.nextObject() as? String {
            switch names.fileAttributes?[.type] as? FileAttributeType {
            case .typeRegular: files.append(name)
            case .typeDirectory where name.hasSuffix("/.git") || name == ".git": names.skipDescendants()
            default: continue
            }
        }
        return files.sorted()
    }
}

extension String {
    fileprivate func appendingPathComponent(_ name: String) -> String {
        hasSuffix("/") ? self + name : "\(self)/\(name)"
    }
}
