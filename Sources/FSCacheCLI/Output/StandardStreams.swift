import Foundation
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// The system call, because a method below has the same name.
private let systemWrite = unsafe write

/// Standard output and standard error, unbuffered.
enum StandardStreams {
    /// Prepares the process.
    ///
    /// If a stream is closed, its descriptor is reserved, so that no file or socket of the cache gets it. A broken pipe
    /// is reported when standard output is written, and doesn't end the process anywhere else.
    static func prepare() {
        // Closed sockets raise this signal too.
        signal(SIGPIPE, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // Open it with the wrong access mode, so that using it fails as if it were still closed.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes bytes to standard output.
    ///
    /// If the reader has closed its end, the process ends by `SIGPIPE`, as other tools do.
    ///
    /// - Throws: ``CommandError`` if they can't be written.
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

    /// Writes a JSON object in one line.
    ///
    /// Its members are sorted, so that equal values give equal lines.
    static func writeJSON(_ value: some Encodable) throws {
        try write(json(value) + [UInt8(ascii: "\n")])
    }

    /// A JSON value in one line, with sorted members.
    static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try escapingControls(in: encoder.encode(value))
    }

    /// Escapes the control characters that JSON allows in strings: U+007F to U+009F.
    private static func escapingControls(in json: Data) -> Data {
        let text = String(decoding: json, as: UTF8.self)
        guard text.printable != text else { return json }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                escaped += "\\u00\(String(scalar.value, radix: 16))".unicodeScalars
            } else {
                escaped.append(scalar)
            }
        }
        return Data(String(escaped).utf8)
    }

    /// Writes lines to standard error, with other control characters replaced.
    ///
    /// Failures are ignored.
    static func tell(_ lines: String) {
        draw(lines.printableLines)
    }

    /// Writes text of the tool itself to standard error, which may control the terminal.
    ///
    /// Failures are ignored.
    static func draw(_ text: String) {
        _ = write(Data(text.utf8), to: STDERR_FILENO)
    }

    /// The system's message for an error number.
    static func describe(_ errorNumber: Int32) -> String {
        unsafe String(cString: strerror(errorNumber))
    }

    /// Whether standard error is a terminal.
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes all bytes and returns 0 or an error number.
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

/// Writes log messages to standard error, in a short form.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }
        let suffix = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
        // A line feed in a value must not look like the beginning of another message.
        StandardStreams.tell("\(event.level): \(event.message)\(suffix)".printable + "\n")
    }
}
