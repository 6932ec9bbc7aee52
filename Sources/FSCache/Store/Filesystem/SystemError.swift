internal import CFileSystem
internal import Foundation

/// What a system call failed with.
///
/// It becomes an ``FSCacheError`` before it reaches a caller.
struct SystemError: Error {
    let number: CInt
    private let reason: String?

    init(_ number: CInt, _ reason: String? = nil) {
        self.number = number
        self.reason = reason
    }

    /// Takes the result of a call that returns the negative error number when it fails.
    @discardableResult
    static func check(_ result: CInt) throws(SystemError) -> CInt {
        guard result >= 0 else { throw SystemError(-result) }
        return result
    }

    static let notRegular = SystemError(EISDIR, "it is not a regular file")
    static let notADirectory = SystemError(ENOTDIR, "it is not a directory")
    static let locked = SystemError(EWOULDBLOCK, "another process has kept its directory locked for too long")
    static let readOnly = SystemError(EROFS, "the cache was opened read-only")

    /// The error as an application may want to examine it.
    var posixError: POSIXError {
        POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
    }
}

extension SystemError: CustomStringConvertible {
    var description: String {
        switch number {
        case _ where reason != nil: reason ?? ""
        case ELOOP: "it is, or lies behind, a symbolic link"
        default: unsafe String(cString: strerror(number))
        }
    }
}
