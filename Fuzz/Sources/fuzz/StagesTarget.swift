import Crypto
import Foundation
import Serializers

/// Applies and reverses every stage on any input.
enum StagesTarget {
    private static let sizeLimit = 1 << 20
    private static let key = SymmetricKey(data: [UInt8](0..<32))
    static let stages: [any Stage] = required("Making the stages") {
        try [
            .gzip(level: 1, sizeLimit: sizeLimit), .zstd(level: 1, sizeLimit: sizeLimit),
            .signed(with: key), .encrypted(with: key),
        ]
    }

    static func check(_ data: Data) {
        for stage in stages {
            if let undone = accepted({ try stage.undo(on: data) }) {
                guard undone.count <= sizeLimit else { found("\(stage.fileExtension): more than the limit.") }
                checkRoundTrip(stage, undone)
            }
            checkRoundTrip(stage, data)
        }
    }

    private static func checkRoundTrip(_ stage: any Stage, _ data: Data) {
        let applied = required("Applying \(stage.fileExtension)") { try stage.apply(to: data) }
        let undone = required("Undoing \(stage.fileExtension)") { try stage.undo(on: applied) }
        guard undone == data else { found("\(stage.fileExtension): not the same bytes after applying and undoing.") }
    }
}
