import Synchronization

/// Values that are not written to a fixture, to which more are added while it is recorded.
final class SecretValues: Sendable {
    /// The shortest value that is added: anything shorter occurs elsewhere by chance.
    static let shortestLength = 6

    private let values: Mutex<[[UInt8]]>

    /// - Parameter values: The values that are known already, of any length.
    init(_ values: [String] = []) {
        self.values = Mutex([])
        insert(values)
    }

    /// The secrets of one exchange, those that are long enough.
    convenience init(adding values: [String]) {
        self.init()
        add(values)
    }

    /// The values, the longest first.
    var all: [[UInt8]] { values.withLock { $0 } }

    /// Adds values, unless they are empty.
    func insert(_ texts: [String]) {
        let new = texts.map { Array($0.utf8) }.filter { !$0.isEmpty }
        guard !new.isEmpty else { return }
        values.withLock { values in
            values = Set(values + new).sorted {
                $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1)
            }
        }
    }

    /// Adds values that are long enough.
    func add(_ texts: [String]) {
        insert(texts.filter { $0.utf8.count >= Self.shortestLength })
    }
}
