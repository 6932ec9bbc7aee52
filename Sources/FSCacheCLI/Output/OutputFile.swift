import FSCache
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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
    ///
    /// - Parameters:
    ///   - head: What it begins with.
    ///   - body: What follows.
    /// - Throws: What the body throws, or why the file can't be written.
    func write(_ head: Data, _ body: MessageBody) async throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false))
        let type = attributes?[.type] as? FileAttributeType
        guard type == nil || type == .typeRegular || type == .typeDirectory else {
            // A device or a pipe takes what it is given; a file must not take its place.
            return try await fill(FileHandle(forWritingTo: url), head, body)
        }
        let name = ".\(url.lastPathComponent).\(UUID().uuidString)"
        let partial = url.deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
        let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        try require(descriptor >= 0)
        do {
            try await fill(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true), head, body)
            if type == .typeRegular, let permissions = attributes?[.posixPermissions] {
                try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: partial)
            }
            try require(unsafe rename(partial, url.path(percentEncoded: false)) == 0)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    private func fill(_ file: FileHandle, _ head: Data, _ body: MessageBody) async throws {
        try file.write(contentsOf: head)
        for try await piece in body { try file.write(contentsOf: piece) }
        try file.close()
    }

    /// Tells what the last system call said, if it failed.
    private func require(_ succeeded: Bool) throws {
        guard !succeeded else { return }
        throw CommandError("\(url.path(percentEncoded: false)): \(StandardStreams.describe(errno))")
    }
}
