internal import CFileFaults
public import Foundation

/// What happens to a system call in place of what it asked for.
public struct FileFault: Sendable, Hashable, CustomStringConvertible {
    let action: cff_action
    let number: Int32
    /// The fault in a few words.
    public let description: String

    /// The call is not made, and fails.
    ///
    /// - Parameter code: The error.
    /// - Returns: The fault.
    public static func error(_ code: POSIXErrorCode) -> FileFault {
        FileFault(action: CFF_FAIL, number: code.rawValue, description: "\(code)")
    }

    /// A call that reads or writes gets half of its bytes, as happens with signals, pipes and network disks.
    public static let shortTransfer = FileFault(action: CFF_SHORTEN, number: 0, description: "half of the bytes")

    /// The process is killed by `SIGKILL` before the call.
    public static let death = FileFault(action: CFF_KILL, number: 0, description: "death")
}

/// Kinds of system calls on files.
public struct FileCalls: OptionSet, Sendable, Hashable {
    /// A bit for each kind.
    public let rawValue: UInt32

    /// Makes a set from bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    private init(_ call: cff_call) {
        self.init(rawValue: 1 << UInt32(call.rawValue))
    }

    /// `open`, `openat`, `openat2`.
    public static let open = FileCalls(CFF_OPEN)
    /// `close`.
    public static let close = FileCalls(CFF_CLOSE)
    /// `fstat`, `fstatat`.
    public static let status = FileCalls(CFF_STATUS)
    /// `read`, `pread`.
    public static let read = FileCalls(CFF_READ)
    /// `write`, `pwrite`.
    public static let write = FileCalls(CFF_WRITE)
    /// `fsync`, `fdatasync`.
    public static let synchronize = FileCalls(CFF_SYNC)
    /// `flock`, and `fcntl` with a lock.
    public static let lock = FileCalls(CFF_LOCK)
    /// `fchmod`.
    public static let setPermissions = FileCalls(CFF_PERMISSIONS)
    /// `mkdir`, `mkdirat`.
    public static let makeDirectory = FileCalls(CFF_MAKE_DIRECTORY)
    /// `rename`, `renameat`.
    public static let rename = FileCalls(CFF_RENAME)
    /// `unlink`, `unlinkat`, `rmdir`.
    public static let remove = FileCalls(CFF_REMOVE)
    /// `faccessat`.
    public static let checkAccess = FileCalls(CFF_ACCESS)
    /// `readdir`.
    public static let readDirectory = FileCalls(CFF_READ_DIRECTORY)

    /// All of them.
    public static let all = FileCalls(rawValue: (1 << UInt32(CFF_CALL_COUNT.rawValue)) - 1)
    /// Those that change files or directories.
    public static let changes: FileCalls = [.write, .setPermissions, .makeDirectory, .rename, .remove]

    /// The name of a single kind.
    var name: String {
        let names: KeyValuePairs<FileCalls, String> = [
            .open: "open", .close: "close", .status: "status", .read: "read", .write: "write",
            .synchronize: "synchronize", .lock: "lock", .setPermissions: "set permissions",
            .makeDirectory: "make directory", .rename: "rename", .remove: "remove", .checkAccess: "check access",
            .readDirectory: "read directory",
        ]
        return names.first { $0.key == self }?.value ?? "call"
    }
}

/// Watches the system calls of this process on files, and lets some of them fail.
///
/// It sees the calls of all code that calls the C library's functions, whatever the language: a program that links this
/// product has functions of the same names, which come first. Without a watched directory, they do nothing but call the
/// real ones. Link it to tests only. It works on Linux.
///
/// Each test watches a directory of its own, so tests can run in parallel.
public enum FileFaults {
    /// Whether calls can be watched on this system.
    public static var areAvailable: Bool { cff_is_available() != 0 }

    /// Records the calls on files below a directory.
    ///
    /// - Parameters:
    ///   - calls: The kinds of calls. Default: all.
    ///   - directory: The directory's path, without symbolic links.
    ///   - work: Makes the calls, on any threads.
    /// - Returns: The names of their kinds, in their order; the first 4096 of them.
    /// - Throws: The error of the work.
    public static func recorded(
        _ calls: FileCalls = .all,
        below directory: String,
        _ work: () async throws -> Void
    ) async throws -> [String] {
        let handle = try begin(calls, directory, CFF_RECORD_ONLY, 0, 0...0)
        defer { _ = cff_end(handle) }
        try await work()
        var names: [String] = []
        while case let call = cff_call_at(handle, UInt64(names.count)), call >= 0 {
            names.append(FileCalls(rawValue: 1 << UInt32(call)).name)
        }
        return names
    }

    /// Lets calls on files below a directory fail.
    ///
    /// - Parameters:
    ///   - fault: What happens to the calls.
    ///   - positions: Which calls, counted from 1. Default: all.
    ///   - calls: The kinds of calls that count. Default: all.
    ///   - directory: The directory's path, without symbolic links.
    ///   - work: Makes the calls, on any threads.
    /// - Returns: The value of the work.
    /// - Throws: The error of the work.
    public static func injecting<Value>(
        _ fault: FileFault,
        at positions: ClosedRange<Int> = 1...Int.max,
        of calls: FileCalls = .all,
        below directory: String,
        _ work: () async throws -> Value
    ) async throws -> Value {
        let handle = try begin(calls, directory, fault.action, fault.number, positions)
        defer { _ = cff_end(handle) }
        return try await work()
    }

    /// Kills this process before a call on a file below a directory.
    ///
    /// - Parameters:
    ///   - position: Which call, counted from 1.
    ///   - calls: The kinds of calls that count. Default: those that change something.
    ///   - directory: The directory's path, without symbolic links.
    /// - Throws: When calls can't be watched.
    public static func die(at position: Int, of calls: FileCalls = .changes, below directory: String) throws {
        _ = try begin(calls, directory, CFF_KILL, 0, position...position)
    }

    private static func begin(
        _ calls: FileCalls,
        _ directory: String,
        _ action: cff_action,
        _ number: Int32,
        _ positions: ClosedRange<Int>
    ) throws -> Int32 {
        let handle = unsafe cff_begin(
            directory,
            calls.rawValue,
            Int32(action.rawValue),
            number,
            UInt64(positions.lowerBound),
            UInt64(positions.upperBound)
        )
        guard handle >= 0 else {
            throw FaultRequirement.Failure(
                description: "System calls can't be watched here, or 64 directories already are."
            )
        }
        return handle
    }
}
