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

    private static func check(_ status: CInt) throws {
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
    }
}
