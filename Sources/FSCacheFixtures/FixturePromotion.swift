package import FSCache
internal import Foundation

/// Copies exchanges from one directory to another.
package struct FixturePromotion: Sendable {
    /// What has become of a file.
    package enum Result: Sendable, Equatable {
        case copied
        case replaced
        /// The other directory has the same file.
        case unchanged
        /// Nothing was written, for this reason.
        case refused(String)
    }

    private let source: FixtureDirectory
    private let destination: FixtureDirectory
    private let replaces: Bool

    /// Prepares copying.
    ///
    /// - Parameters:
    ///   - source: The directory to copy from.
    ///   - destination: The directory to copy to, which need not exist.
    ///   - replaces: Whether different files are replaced.
    package init(from source: FixtureDirectory, to destination: FixtureDirectory, replaces: Bool) {
        self.source = source
        self.destination = destination
        self.replaces = replaces
    }

    /// Copies a file, byte for byte, to the same relative path.
    ///
    /// - Throws: ``/FSCache/FSCacheError/Code/storeFailed`` if a file can't be read or written.
    package func copy(_ path: String) throws(FSCacheError) -> Result {
        guard source.paths.contains(path) else { return .refused("there is no such recorded response") }
        guard let entry = try? source.entry(at: path) else {
            return .refused("it can't be read as a recorded response")
        }
        let others = try? destination.recorded(entry.key) {
            $0.key == entry.key && $0.facts.repetition == entry.facts.repetition
        }
        if let other = others?.first(where: { $0.path != path }) {
            return .refused("the response to this request is already in \(other.path)")
        }
        let url = destination.url(path)
        let exists = FileManager.default.fileExists(atPath: url.path)
        do {
            let bytes = try Data(contentsOf: source.url(path))
            if exists {
                if try Data(contentsOf: url) == bytes { return .unchanged }
                guard (try? destination.entry(at: path)) != nil else {
                    return .refused("another file, which is not a recorded response, is in its place")
                }
                guard replaces else { return .refused("a different response is in its place") }
            }
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try bytes.write(to: url, options: .atomic)
        } catch {
            throw FSCacheError(.storeFailed, "Can't copy \(path) to \(url.path)", underlyingError: error)
        }
        return exists ? .replaced : .copied
    }
}
