import Foundation

/// A directory for one run of an example.
public struct ScratchDirectory: Sendable {
    /// Its path.
    public let path: String

    /// Chooses an unused path, at which the cache creates the directory.
    public init() {
        path = FileManager.default.temporaryDirectory.appending(path: "fscache-\(UUID().uuidString)").path
    }

    /// Removes the directory and its contents.
    public func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The relative paths of its files, sorted.
    public var files: [String] {
        let paths = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return paths.filter { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(file)")
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }.sorted()
    }
}
