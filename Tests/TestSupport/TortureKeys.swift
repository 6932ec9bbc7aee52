package import FSCache
internal import Foundation

/// The 200 keys that the torture test works on.
package enum TortureKeys {
    package static let count = 200
    package static let all = Set((0..<count).map(key))

    /// Every fourth key lies in one and the same shard, the others each in one of their own.
    package static func key(_ index: Int) -> CacheKey {
        let hashed = CacheKey(hashing: Data("torture \(index)".utf8))
        guard index.isMultiple(of: 4) else { return hashed }
        return CacheKey("abcd" + hashed.description.dropFirst(4)) ?? hashed
    }

    package static let permanentCount = 8

    /// Whether a key is only ever replaced: whoever reads it must find it.
    package static func isPermanent(_ index: Int) -> Bool { index < permanentCount }
}
