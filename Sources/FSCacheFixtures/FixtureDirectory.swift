package import FSCache
package import Foundation
package import Serializers
internal import Synchronization

/// The files of a fixture.
///
/// A file is found by the digits in its name, or, if somebody has renamed it, by the request in it.
package final class FixtureDirectory: Sendable {
    /// A recorded exchange and the path of its file, relative to the directory.
    package struct Recorded: Sendable {
        package var path: String
        package var entry: FixtureEntry
    }

    private struct State {
        /// The paths of files by the digits in their names.
        var paths: [Substring: [String]] = [:]
        /// The paths of files whose names tell nothing.
        var renamed: [String] = []
        var entries: [String: FixtureEntry] = [:]
        /// The paths of the files that this process has recorded.
        var newPaths: Set<String> = []
    }

    private static let shared = Mutex<[String: FixtureDirectory]>([:])

    /// The absolute path.
    package let path: String
    /// The secrets of responses that this process has recorded here.
    let learned = SecretValues()
    private let registry: SerializerRegistry
    private let state: Mutex<State>

    /// Opens a directory, which need not exist.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - registry: The serializers of existing files.
    package init(_ path: String, registry: SerializerRegistry = .standard) {
        self.path = URL(filePath: path).standardizedFileURL.path
        self.registry = registry
        var state = State()
        for path in Self.paths(in: self.path, registry) {
            if let digits = FixtureName.digits(in: Self.name(of: path)) {
                state.paths[digits, default: []].append(path)
            } else {
                state.renamed.append(path)
            }
        }
        self.state = Mutex(state)
    }

    /// The one object for a directory in this process.
    package static func shared(_ path: String) -> FixtureDirectory {
        let path = URL(filePath: path).standardizedFileURL.path
        return shared.withLock { directories in
            if let directory = directories[path] { return directory }
            let directory = FixtureDirectory(path)
            directories[path] = directory
            return directory
        }
    }

    /// The paths of all files that may be exchanges, in order.
    package var paths: [String] { state.withLock { ($0.paths.values.joined() + $0.renamed).sorted() } }

    /// The exchanges whose requests have a key, in the order of the recording.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - answers: Whether an exchange has the key.
    /// - Returns: The exchanges.
    /// - Throws: ``/FSCache/FSCacheError/Code/storeFailed`` if a file that should be one of them can't be read.
    package func recorded(
        _ key: CacheKey,
        where answers: (FixtureEntry) -> Bool
    ) throws(FSCacheError) -> [Recorded] {
        let paths = state.withLock { $0.paths[FixtureName.digits(of: key)] ?? [] }
        var found: [Recorded] = []
        for path in paths {
            let entry = try entry(at: path)
            if answers(entry) { found.append(Recorded(path: path, entry: entry)) }
        }
        for path in state.withLock({ $0.renamed }) {
            // Any other YAML or JSON file may lie here.
            if let entry = try? entry(at: path), answers(entry) { found.append(Recorded(path: path, entry: entry)) }
        }
        return found.sorted { ($0.entry.facts.repetition ?? 1, $0.path) < ($1.entry.facts.repetition ?? 1, $1.path) }
    }

    /// Whether a file has been recorded since the directory was opened.
    ///
    /// Tests that run at the same time may make the same requests: each of them records all of its own.
    package func isNew(_ path: String) -> Bool { state.withLock { $0.newPaths.contains(path) } }

    /// Every exchange that can be read, in the order of their paths.
    ///
    /// - Parameter limit: How many files are read at most.
    /// - Returns: The exchanges.
    package func all(limit: Int = .max) -> [Recorded] {
        paths.prefix(limit).compactMap { path in
            (try? entry(at: path)).map { Recorded(path: path, entry: $0) }
        }
    }

    /// The recorded requests, those in the same directory as a request first, then those for its host.
    ///
    /// They are read on demand.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - key: Its key.
    ///   - skip: Gets the reason why a file can't be read.
    /// - Returns: The requests.
    func requests(
        near request: StoredResponse.Request,
        _ key: CacheKey,
        skip: @escaping (String) -> Void
    ) -> some Sequence<StoredResponse.Request> {
        let name = FixtureName.path(for: request, key, repetition: nil, "")
        let places = [name.prefix(upTo: name.lastIndex(of: "/") ?? name.startIndex), name.prefix { $0 != "/" }]
        func rank(_ path: String) -> Int { places.firstIndex { path.hasPrefix("\($0)/") } ?? places.count }
        let paths = paths.map { (rank($0), $0) }.sorted { $0 < $1 }
        let entries = paths.lazy.compactMap { path -> FixtureEntry? in
            do {
                return try self.entry(at: path.1)
            } catch {
                // Any other file may lie in the directory of the fixture, but not in that of a host.
                if path.0 < places.count { skip("\(error)") }
                return nil
            }
        }
        return entries.filter { $0.facts.repetition == nil }.map(\.response.request)
    }

    /// The paths of files that are named like exchanges, and can't be read.
    package var unreadablePaths: [String] {
        paths.filter { path in FixtureName.digits(in: Self.name(of: path)) != nil && (try? entry(at: path)) == nil }
    }

    /// Reads an exchange.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/storeFailed``, with the path of the file and what is wrong in it.
    package func entry(at path: String) throws(FSCacheError) -> FixtureEntry {
        if let entry = state.withLock({ $0.entries[path] }) { return entry }
        let entry = try read(path)
        state.withLock { $0.entries[path] = entry }
        return entry
    }

    private func read(_ path: String) throws(FSCacheError) -> FixtureEntry {
        do {
            let bytes = try Data(contentsOf: url(path))
            let serializer = try registry.serializer(forFileExtension: Self.fileExtension(of: path))
            return try FixtureEntry(decoding: bytes, with: serializer)
        } catch {
            throw FSCacheError(
                .storeFailed,
                "The recorded response \(url(path).path) can't be read",
                underlyingError: error
            )
        }
    }
}

// MARK: - Changing

extension FixtureDirectory {
    /// Writes an exchange to the file that its request names, unless the file has the same bytes.
    ///
    /// - Parameters:
    ///   - entry: The exchange.
    ///   - serializer: The format.
    /// - Returns: The path.
    /// - Throws: ``/FSCache/FSCacheError/Code/storeFailed``.
    package func write(_ entry: FixtureEntry, with serializer: any Serializer) throws(FSCacheError) -> String {
        let path = try path(of: entry, serializer.fileExtension)
        do {
            let bytes = try entry.encoded(with: serializer)
            let url = url(path)
            if (try? Data(contentsOf: url)) != bytes {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try bytes.write(to: url, options: .atomic)
            }
        } catch let error as FSCacheError {
            throw error
        } catch {
            throw FSCacheError(.storeFailed, "Can't record to \(url(path).path)", underlyingError: error)
        }
        state.withLock { state in
            state.entries[path] = entry
            state.newPaths.insert(path)
            if let digits = FixtureName.digits(in: Self.name(of: path)) {
                if state.paths[digits]?.contains(path) != true { state.paths[digits, default: []].append(path) }
            }
        }
        return path
    }

    /// Removes a file, and the directories that are empty then.
    package func remove(_ path: String) throws(FSCacheError) {
        do {
            try FileManager.default.removeItem(at: url(path))
        } catch {
            throw FSCacheError(.storeFailed, "Can't remove \(url(path).path)", underlyingError: error)
        }
        state.withLock { state in
            state.entries[path] = nil
            state.renamed.removeAll { $0 == path }
            if let digits = FixtureName.digits(in: Self.name(of: path)) {
                state.paths[digits]?.removeAll { $0 == path }
            }
        }
        var parent = url(path).deletingLastPathComponent()
        // This fails at the first one that is not empty.
        while parent.path.utf8.count > self.path.utf8.count, unsafe rmdir(parent.path) == 0 {
            parent.deleteLastPathComponent()
        }
    }

    /// The path for an exchange: that of the file that has it already, which somebody may have renamed, or the one that its
    /// request names.
    private func path(of entry: FixtureEntry, _ fileExtension: String) throws(FSCacheError) -> String {
        func isSame(_ other: FixtureEntry) -> Bool {
            other.key == entry.key && other.facts.repetition == entry.facts.repetition
        }
        let existing = try recorded(entry.key, where: isSame)
        if let path = existing.first?.path, Self.fileExtension(of: path) == fileExtension { return path }
        let paths = FixtureName.digitCounts.map { count in
            FixtureName.path(
                for: entry.response.request,
                entry.key,
                digitCount: count,
                repetition: entry.facts.repetition,
                fileExtension
            )
        }
        return paths.first { path in
            // Another test may have recorded the same exchange since the files were listed.
            !FileManager.default.fileExists(atPath: url(path).path) || (try? read(path)).map(isSame) == true
        } ?? paths[paths.count - 1]
    }

    /// The place of a file.
    package func url(_ path: String) -> URL {
        URL(filePath: self.path, directoryHint: .isDirectory).appending(path: path)
    }
}

extension FixtureDirectory {
    private static func name(of path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }

    /// The extension of a file, which may have several parts.
    private static func fileExtension(of path: String) -> String {
        name(of: path).split(separator: ".").last.map(String.init) ?? ""
    }

    private static func paths(in root: String, _ registry: SerializerRegistry) -> [String] {
        // The enumerator doesn't follow a link at the root.
        let root = URL(filePath: root).resolvingSymlinksInPath().path
        guard let enumerator = FileManager.default.enumerator(atPath: root) else { return [] }
        let extensions = Set(registry.serializers.map(\.fileExtension)).subtracting(["cbor"])
        return enumerator.compactMap { $0 as? String }.filter { path in
            extensions.contains(fileExtension(of: path)) && !path.hasPrefix(".") && !path.contains("/.")
        }
    }
}
