package import FSCache
internal import Foundation

/// The 200 keys of the torture tests.
package enum TortureKeys {
    package static let count = 200
    package static let all = Set((0..<count).map(key))

    /// Every fourth key is in one shard, the others are in different ones.
    package static func key(_ index: Int) -> CacheKey {
        let hashed = CacheKey(hashing: Data("torture \(index)".utf8))
        guard index.isMultiple(of: 4) else { return hashed }
        return CacheKey("abcd" + hashed.description.dropFirst(4)) ?? hashed
    }

    package static let permanentCount = 8

    /// Whether a key is never removed, so that every read must find it.
    package static func isPermanent(_ index: Int) -> Bool { index < permanentCount }
}
