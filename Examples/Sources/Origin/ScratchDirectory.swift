import Foundation

/// A directory for one run of an example.
public struct ScratchDirectory: Sendable {
    /// Its path.
    public let path: String

    /// Chooses a path where nothing is yet: a cache makes its directory itself.
    public init() {
        path = FileManager.default.temporaryDirectory.appending(path: "fscache-\(UUID().uuidString)").path
    }

    /// Removes it with all that is in it.
    public func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The files in it, with their paths relative to it, sorted.
    public var files: [String] {
        let paths = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return paths.filter { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(file)")
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }.sorted()
    }
}
