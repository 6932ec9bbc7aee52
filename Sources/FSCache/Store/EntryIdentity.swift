internal import Foundation

/// What of an entry's file is no longer the same when the file has been replaced or written to.
///
/// Who writes to a file can set its time of modification back, but not that of change.
struct EntryIdentity: Sendable, Equatable {
    /// A file's time, since 1970.
    struct Time: Sendable, Equatable {
        var seconds: Int64
        var nanoseconds: Int32

        /// How long ago it was, in seconds.
        func age(at now: Date) -> Double {
            now.timeIntervalSince1970 - Double(seconds) - Double(nanoseconds) / 1e9
        }
    }

    var device: UInt64
    var inode: UInt64
    var byteCount: Int64
    var modifiedAt: Time
    var changedAt: Time

    /// Whether any later change of the file shows.
    ///
    /// Times of files go in steps: some milliseconds with most kernels, two seconds with FAT. A file that is written to
    /// twice within one step, with a read in between, has the same times before and after. So a file's times identify
    /// what was read from it only if they were over when it was read.
    ///
    /// - Parameter now: The time of day, which the times of files are of.
    /// - Returns: Whether the longest step has passed since the file's times.
    func isSettled(at now: Date) -> Bool {
        let longestStep = 2.0
        return modifiedAt.age(at: now) >= longestStep && changedAt.age(at: now) >= longestStep
    }
}
