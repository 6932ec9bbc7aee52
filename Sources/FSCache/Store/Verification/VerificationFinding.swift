/// Something that ``ResponseCache/verify(repairing:progress:found:)`` has found.
public struct VerificationFinding: Sendable, Hashable {
    /// What is wrong, or worth knowing.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The kind's name, such as `damaged`.
        public let description: String
        /// Whether something is wrong; a note if not.
        public let isProblem: Bool

        /// Makes a kind, for a backend that has others.
        ///
        /// - Parameters:
        ///   - description: Its name.
        ///   - isProblem: Whether something is wrong.
        public init(_ description: String, isProblem: Bool) {
            self.description = description
            self.isProblem = isProblem
        }

        /// An entry can't be decoded: its format, its checksum or its key is wrong.
        ///
        /// Repairing sets it aside.
        public static let damaged = Kind("damaged", isProblem: true)
        /// An entry can't be read, for example because of its permissions.
        ///
        /// It stays.
        public static let unreadable = Kind("unreadable", isProblem: true)
        /// An entry has a key that no request for its URL and method can have.
        ///
        /// It stays.
        public static let wrongKey = Kind("wrong key", isProblem: true)
        /// An intact entry is in a directory where reads don't find it.
        ///
        /// Repairing moves it to its place.
        public static let misplaced = Kind("misplaced", isProblem: true)
        /// A key has several entries.
        ///
        /// Repairing keeps the newest intact one, and sets the others aside.
        public static let duplicate = Kind("duplicate", isProblem: true)
        /// Other users may write a file or a directory.
        ///
        /// Repairing restores its permissions.
        public static let writable = Kind("writable", isProblem: true)
        /// Other users may read more than the settings of the backend say.
        ///
        /// Repairing restores the permissions.
        public static let readable = Kind("readable", isProblem: false)
        /// A temporary file of a dead writer, or an empty directory.
        ///
        /// Repairing removes it.
        public static let stray = Kind("stray", isProblem: false)
        /// An entry that was set aside, because it could not be decoded.
        public static let setAside = Kind("set aside", isProblem: false)
        /// An entry in a format that this cache doesn't read.
        public static let unknownFormat = Kind("unknown format", isProblem: false)
        /// A file that doesn't belong to the cache.
        ///
        /// It is never touched.
        public static let foreign = Kind("foreign", isProblem: false)
    }

    /// What is wrong, or worth knowing.
    public var kind: Kind
    /// The entry's key, if it is about one.
    public var key: CacheKey?
    /// The path of the file, relative to the directory of the cache, in backends that have files.
    public var path: String?
    /// What has been found, in words.
    public var message: String
    /// Whether it has been repaired.
    public var isRepaired: Bool

    /// Makes a finding.
    ///
    /// - Parameters:
    ///   - kind: What is wrong, or worth knowing.
    ///   - key: The entry's key, if it is about one.
    ///   - path: The path of the file, relative to the directory of the cache.
    ///   - message: What has been found, in words.
    ///   - isRepaired: Whether it has been repaired. Default: `false`.
    public init(_ kind: Kind, key: CacheKey? = nil, path: String? = nil, message: String, isRepaired: Bool = false) {
        self.kind = kind
        self.key = key
        self.path = path
        self.message = message
        self.isRepaired = isRepaired
    }
}

/// What ``ResponseCache/verify(repairing:progress:found:)`` has read and found, in numbers.
public struct VerificationSummary: Sendable, Hashable {
    /// The number of entries that were read, without those that were set aside.
    public var entries = 0
    /// Their size in bytes.
    public var bytes = 0
    /// How many of them have a key that could not be compared with their request, because it depends on settings that
    /// this cache doesn't have, or on values that are not stored.
    public var uncheckedKeys = 0
    /// The number of problems, including those that have been repaired.
    public var problems = 0
    /// The number of notes.
    public var notes = 0
    /// How many of the findings have been repaired.
    public var repaired = 0
    /// How many problems remain.
    public var remainingProblems = 0

    /// Makes an empty summary.
    public init() {}

    mutating func add(_ finding: VerificationFinding) {
        if finding.kind.isProblem {
            problems += 1
            if !finding.isRepaired { remainingProblems += 1 }
        } else {
            notes += 1
        }
        if finding.isRepaired { repaired += 1 }
    }
}

/// A backend that can check how its entries are stored, such as the names and the permissions of files.
///
/// ``ResponseCache/verify(repairing:progress:found:)`` checks what they hold. With other backends, it checks only that.
public protocol VerifyingBackend: CacheBackend {
    /// Checks how the entries are stored, while others may use the store.
    ///
    /// A repair must lose nothing, whenever it is interrupted, and must not undo what others change meanwhile.
    ///
    /// - Parameters:
    ///   - repairs: Whether to repair what is found, if possible.
    ///   - isIntact: Whether an entry can be decoded, and belongs to a key; `nil` if its format is unknown.
    /// - Returns: The findings, made on demand. The sequence throws when the store can't be read.
    func verifyStorage(
        repairing repairs: Bool,
        isIntact: @escaping @Sendable (EncodedEntry, CacheKey) -> Bool?
    ) -> AsyncThrowingStream<VerificationFinding, any Error>
}
