#if Proxy
import Foundation
import TestSupport

/// A process that runs the built `fscache proxy`.
final class ProxyProcess: Sendable {
    /// The port on which it listens.
    let port: Int
    private let process: ProcessHandle
    private let errors: FileHandle
    private let output: AsyncStream<String>

    struct Failure: Error {
        var text: String
    }

    /// Starts it, and waits until it listens.
    ///
    /// - Parameter arguments: Arguments in addition to the address.
    /// - Throws: When it doesn't listen.
    init(_ arguments: String...) async throws {
        let pipe = Pipe()
        let process = Process()
        process.executableURL = Program.buildFolder.appending(path: "fscache")
        process.arguments = ["proxy", "--listen", "127.0.0.1:0"] + arguments
        process.standardError = pipe
        let ended = Gate()
        let handle = ProcessHandle(ended: ended)
        process.terminationHandler = { handle.end($0.terminationStatus, isSignal: $0.terminationReason != .exit) }
        try process.run()
        handle.identifier = process.processIdentifier
        self.process = handle
        errors = pipe.fileHandleForReading

        let (output, continuation) = AsyncStream.makeStream(of: String.self)
        self.output = output
        let descriptor = errors.fileDescriptor
        Thread.detachNewThread {
            let reader = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            var line = Data()
            while let bytes = try? reader.read(upToCount: 1), let byte = bytes.first {
                if byte != 10 {
                    line.append(byte)
                    continue
                }
                continuation.yield(String(decoding: line, as: UTF8.self))
                line = Data()
            }
            continuation.finish()
        }
        var lines = output.makeAsyncIterator()
        guard let first = await lines.next(isolation: nil),
            let port = first.split(separator: ":").last.flatMap({ Int($0.dropLast()) })
        else {
            handle.signal(SIGKILL)
            throw Failure(text: "It doesn't listen.")
        }
        self.port = port
    }

    deinit { process.signal(SIGKILL) }

    /// Connects to it.
    func connect() throws -> RawClient { try RawClient(port: port) }

    /// The next line on its standard error; `nil` when it has ended.
    func line() async -> String? {
        for await line in output { return line }
        return nil
    }

    /// Sends it a signal.
    func signal(_ number: Int32) { process.signal(number) }

    /// Waits until it ends.
    ///
    /// - Returns: The exit code, or a negative number when a signal ended it.
    func exitCode() async -> Int32 { await process.exitCode() }
}
#endif
