import CSystemCalls
import Foundation

/// The least that the kernel can be asked to do for a file: what everything else is compared to.
enum RawFile {
    /// Reads a whole file into memory that is there already: open, fstat, read, close.
    ///
    /// - Parameter file: The file. It must not grow afterwards.
    /// - Returns: What reads it.
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

    /// Puts a file in the place of one that is there already: create a temporary beside it, write, close, rename.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - bytes: Its content.
    /// - Returns: What replaces it.
    static func replacing(_ file: URL, with bytes: Data) -> Operation {
        let path = file.path(percentEncoded: false)
        return { times in
            let status = unsafe bytes.withUnsafeBytes { buffer in
                unsafe replace_file(path, path + ".tmp", buffer.baseAddress, buffer.count, Int64(times))
            }
            try check(status)
        }
    }

    /// Makes one file after the other, each under a name that is new: create a temporary, write, close, rename.
    ///
    /// - Parameters:
    ///   - folder: Where the files come to lie, all beside each other.
    ///   - bytes: The content of each.
    /// - Returns: What makes them.
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

    /// Reads random ones of some files: open, fstat, read, close.
    ///
    /// - Parameter paths: The files, which are of about the same size.
    /// - Returns: What reads them.
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
