/// A walk through the shards of a store, in the order of their names.
///
/// At most the names of 256 directories of each level are in memory.
struct ShardWalk: Sendable {
    private let prefix: String
    /// The directories of the first level that are left, in reverse order; `nil` before the first step.
    private var directories: [UInt8]?
    /// The shards of the current directory that are left, in reverse order.
    private var shards: [ShardName] = []

    /// Starts before the first shard of the keys that begin with some hexadecimal digits.
    init(prefix: String = "") {
        self.prefix = prefix
    }

    /// The next shard, which may not exist; `nil` at the end.
    mutating func next(in store: StoreDirectory) throws(SystemError) -> ShardName? {
        if directories == nil {
            let names = try Self.names(matching: prefix.prefix(2)) { () throws(SystemError) in try store.directories() }
            directories = names.reversed()
        }
        while shards.isEmpty, let first = directories?.popLast() {
            let seconds = try Self.names(matching: prefix.dropFirst(2).prefix(2)) { () throws(SystemError) in
                try store.directories(below: first)
            }
            shards = seconds.reversed().map { ShardName(first: first, second: $0) }
        }
        return shards.popLast()
    }

    /// The names that begin with some digits.
    ///
    /// If these are a whole name, the others needn't be read.
    private static func names(
        matching digits: Substring,
        among all: () throws(SystemError) -> [UInt8]
    ) throws(SystemError) -> [UInt8] {
        if let name = ShardName.byte(String(digits)) { return [name] }
        return try all().filter { ShardName.digits($0).hasPrefix(digits) }
    }
}
