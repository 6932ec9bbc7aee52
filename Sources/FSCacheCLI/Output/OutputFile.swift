import FSCache
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file of `--output`.
struct OutputFile {
    private let url: URL

    /// - Parameter path: The path. If it is a symbolic link, the file that it points to is written.
    init(_ path: String) {
        let resolved = URL(filePath: path).resolvingSymlinksInPath()
        // Foundation doesn't resolve a link to a missing file.
        let destination = try? FileManager.default.destinationOfSymbolicLink(
            atPath: resolved.path(percentEncoded: false)
        )
        url = destination.map { URL(filePath: $0, relativeTo: resolved) } ?? resolved
    }

    /// Writes the whole file, or leaves it unchanged.
    ///
    /// - Throws: The errors of the body, and ``CommandError`` if the file can't be written.
    func write(_ head: Data, _ body: MessageBody) async throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false))
        let type = attributes?[.type] as? FileAttributeType
        guard type == nil || type == .typeRegular || type == .typeDirectory else {
            // Write to a device or a pipe. A new file must not replace it.
            return try await fill(FileHandle(forWritingTo: url), head, body)
        }
        let name = ".\(url.lastPathComponent).\(UUID().uuidString)"
        let partial = url.deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
        removeOnSignals(partial)
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

    /// Throws the error of the last system call if it failed.
    private func require(_ succeeded: Bool) throws {
        guard !succeeded else { return }
        throw CommandError("\(url.path(percentEncoded: false)): \(StandardStreams.describe(errno))")
    }
}

/// The path of a file that a signal removes; kept as a C string, because a signal handler must not allocate memory.
// Safe, because it is set once in a process, before the handlers that read it are installed, and never freed.
nonisolated(unsafe) private var pathToRemove: UnsafeMutablePointer<CChar>?

/// Removes a file if a signal ends the process.
private func removeOnSignals(_ path: String) {
    unsafe pathToRemove = strdup(path)
    for number in [SIGINT, SIGTERM] {
        signal(number) { number in
            if let path = unsafe pathToRemove { unsafe unlink(path) }
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
