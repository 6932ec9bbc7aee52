import FSCacheFaultTesting
import Foundation
import TestSupport

/// Repairs a cache, and kills itself before one of the calls that change something.
struct RepairUntilKilled {
    var root: String
    /// The number of the call; 0 for never.
    var position: UInt64

    func run() async throws {
        let broken = BrokenCache(root: root)
        if position > 0 {
            let directory = URL(filePath: root).resolvingSymlinksInPath().path(percentEncoded: false)
            try FileFaults.die(at: Int(position), below: directory)
        }
        try await broken.repair()
    }
}
