import CSystemCalls
import Foundation

/// The fewest system calls for a file, as the baseline of the comparisons.
enum RawFile {
    /// Reads a whole file into allocated memory: open, fstat, read, close.
    ///
    /// - Parameter file: The file. It must not grow afterwards.
    /// - Returns: An operation that reads it.
    /// - Throws: When the file can't be read.
    static func reading(_ file: URL) throws -> Operation {
        let path = file.path(percentEncoded: false)
        let capacity = try Data(contentsOf: file).count
        return { times in
            let status = unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { buffer in
                unsafe read_file(path, buffer.baseAddress, buffer.count, Int64(times))
            }
            try check(status)
        }
    }

    /// Replaces a file: create a temporary file beside it, write, close, rename.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - bytes: Its content.
    /// - Returns: An operation that replaces it.
    static func replacing(_ file: URL, with bytes: Data) -> Operation {
        let path = file.path(percentEncoded: false)
        return { times in
            let status = unsafe bytes.withUnsafeBytes { buffer in
                unsafe replace_file(path, path + ".tmp", buffer.baseAddress, buffer.count, Int64(times))
            }
            try check(status)
        }
    }

    /// Creates files with new names: create a temporary file, write, close, rename.
    ///
    /// - Parameters:
    ///   - folder: The folder for all files.
    ///   - bytes: The content of each.
    /// - Returns: An operation that creates them.
    static func creating(in folder: URL, with bytes: Data) -> Operation {
        let path = folder.path(percentEncoded: false)
        let made = Counter()
        return { times in
            let first = made.add(times)
            let status = unsafe bytes.withUnsafeBytes { buffer in
                unsafe create_files(path, Int64(first), buffer.baseAddress, buffer.count, Int64(times))
            }
            try check(status)
        }
    }

    /// Reads files in random order: open, fstat, read, close.
    ///
    /// - Parameter paths: The files, of about equal size.
    /// - Returns: An operation that reads them.
    /// - Throws: When a file can't be read.
    static func reading(anyOf paths: [String]) throws -> Operation {
        let capacity = try Data(contentsOf: URL(filePath: paths[0])).count + 256
        return { times in
            var generator = SplitMix64(state: 1)
            let status = unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { buffer in
                for _ in 0..<times {
                    let path = paths[Int.random(in: 0..<paths.count, using: &generator)]
                    let status = unsafe read_file(path, buffer.baseAddress, buffer.count, 1)
                    if status != 0 { return status }
                }
                return 0
            }
            try check(status)
        }
    }

    private static func check(_ status: CInt) throws {
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
    }
}
