internal import CFileSystem

extension StoreDirectory {
    /// Removes the files of a key, and its shard when nothing else is left there.
    ///
    /// Tells whether there was one. While others change the shard this waits, or gives `nil` and has done nothing.
    func remove(_ key: CacheKey, waits: Bool) throws(SystemError) -> Bool? {
        _ = try writableTemporaries()
        let name = ShardName(key)
        guard let shard = try openShard(name) else { return false }
        guard try shard.lock(waits: waits) else { return nil }
        var removed = false
        for file in try shard.files(of: key) where try shard.remove(file) { removed = true }
        if removed { removeIfEmpty(name) }
        return removed
    }

    /// Removes every entry, the directories that become empty, and strays.
    func removeAll() throws(SystemError) {
        _ = try writableTemporaries()
        for first in try directories() {
            for second in try directories(below: first) {
                let name = ShardName(first: first, second: second)
                try skippingForeign { () throws(SystemError) in
                    guard let shard = try openShard(name) else { return }
                    _ = try shard.lock(waits: true)
                    for (file, _) in try shard.files(in: name) { try shard.remove(file) }
                    removeIfEmpty(name)
                }
            }
            removeIfEmpty(first)
        }
        try sweep()
    }

    /// Removes a shard's directory, and the one around it, if they hold nothing.
    ///
    /// That they do is no error.
    func removeIfEmpty(_ shard: ShardName) {
        guard let parent = try? openDirectory(ShardName.digits(shard.first)) else { return }
        let result = SystemCall.removeDirectory(ShardName.digits(shard.second), in: parent.rawValue)
        if result == 0 { removeIfEmpty(shard.first) }
    }

    private func removeIfEmpty(_ first: UInt8) {
        _ = SystemCall.removeDirectory(ShardName.digits(first), in: root.rawValue)
    }
}
