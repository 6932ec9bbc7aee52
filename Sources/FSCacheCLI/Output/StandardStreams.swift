import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// The call whose name is a method here as well.
private let systemWrite = unsafe write

/// Standard output and standard error, without a buffer between them and what is written.
enum StandardStreams {
    /// Makes sure that no stream's number goes to a file or a socket of the cache, and that a reader of our output who
    /// has gone is noticed where we write to it, not in the midst of something else.
    static func prepare() {
        // A socket that the other side has closed raises this signal as well.
        signal(SIGPIPE, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // Open the wrong way round, so that using it is the same error as if it were still closed.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes bytes to standard output.
    ///
    /// - Throws: ``CommandError`` when they can't be written. When nobody reads them any more, the program ends as any
    ///   other would, by `SIGPIPE`.
    static func write(_ bytes: Data) throws {
        let error = write(bytes, to: STDOUT_FILENO)
        if error == EPIPE {
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        guard error == 0 else {
            throw CommandError("standard output: \(describe(error))")
        }
    }

    /// Writes a line to standard output.
    static func writeLine(_ line: some StringProtocol) throws {
        try write(Data("\(line)\n".utf8))
    }

    /// Tells something beside the output.
    ///
    /// That nobody can be told is no failure.
    static func tell(_ text: some StringProtocol) {
        _ = write(Data(text.utf8), to: STDERR_FILENO)
    }

    /// What the system calls an error number.
    static func describe(_ errorNumber: Int32) -> String {
        unsafe String(cString: strerror(errorNumber))
    }

    /// Whether a person sees standard error as it is written.
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes all bytes, and returns 0 or the number of the error.
    private static func write(_ bytes: Data, to descriptor: Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            var rest = unsafe bytes
            while unsafe !rest.isEmpty {
                let count = unsafe systemWrite(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return errno }
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return 0
        }
    }
}
