import Foundation

/// A file that output goes to, in place of standard output.
struct OutputFile {
    private let url: URL

    /// Names a file.
    ///
    /// - Parameter path: Its path; a symbolic link means the file that it leads to.
    init(_ path: String) {
        let resolved = URL(filePath: path).resolvingSymlinksInPath()
        // A link to what isn't there yet is left unresolved.
        let destination = try? FileManager.default.destinationOfSymbolicLink(
            atPath: resolved.path(percentEncoded: false)
        )
        url = destination.map { URL(filePath: $0, relativeTo: resolved) } ?? resolved
    }

    /// Writes all of the file, or leaves it as it was.
    func write(_ bytes: Data) throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false))
        let type = attributes?[.type] as? FileAttributeType
        if type == nil || type == .typeRegular || type == .typeDirectory {
            try bytes.write(to: url, options: .atomic)
        } else {
            // A device or a pipe takes what it is given; a file must not take its place.
            try FileHandle(forWritingTo: url).write(contentsOf: bytes)
        }
    }
}
