internal import Foundation

extension FilesystemBackend {
    /// The location of a cache's directory.
    public struct Location: Sendable, Hashable {
        private enum Place: Hashable {
            case path(String)
            case userCaches(String)
            case temporary(String)
        }

        private let place: Place

        /// A directory with a path.
        ///
        /// - Parameter path: The path. `~` and `~name` at its beginning stand for a home directory. A relative path is
        ///   resolved against the current working directory when the backend is opened.
        /// - Returns: The location.
        public static func path(_ path: String) -> Location {
            Location(place: .path(path))
        }

        /// A directory in the user's cache directory: `$XDG_CACHE_HOME`, or `~/.cache` if that is not set.
        ///
        /// On Apple's systems this is `~/Library/Caches`.
        ///
        /// - Parameter name: The directory's name.
        /// - Returns: The location.
        public static func userCaches(_ name: String) -> Location {
            Location(place: .userCaches(name))
        }

        /// A directory in the temporary directory, which may be shared with other users.
        ///
        /// It must belong to the user who runs the program, must not be a symbolic link, and only its owner may write to
        /// it. Otherwise other users could plant entries.
        ///
        /// - Parameter name: The directory's name.
        /// - Returns: The location.
        public static func temporary(_ name: String) -> Location {
            Location(place: .temporary(name))
        }

        /// A directory by name or path, as people write it.
        ///
        /// Text that contains a slash, or begins with a tilde or a dot, is a path. Any other text is a name in the
        /// user's cache directory.
        ///
        /// - Parameter nameOrPath: The name or the path.
        /// - Returns: The location.
        public static func named(_ nameOrPath: String) -> Location {
            let isPath = nameOrPath.contains("/") || nameOrPath.hasPrefix("~") || nameOrPath.hasPrefix(".")
            return isPath ? .path(nameOrPath) : .userCaches(nameOrPath)
        }
    }
}

extension FilesystemBackend.Location {
    var isInSharedDirectory: Bool {
        if case .temporary = place { true } else { false }
    }

    /// The absolute path.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - workingDirectory: The directory that relative paths are resolved against.
    /// - Returns: The path.
    /// - Throws: ``FSCacheError`` when no directory can have this path or name.
    package func resolve(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(FSCacheError) -> String {
        switch place {
        case .path(let path):
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw FSCacheError(.invalidSetting, "The path of the cache is empty or contains a zero byte.")
            }
            let expanded = try Self.expandTilde(path, environment)
            return expanded.hasPrefix("/") ? expanded : "\(workingDirectory)/\(expanded)"
        case .userCaches(let name):
            return try "\(Self.userCaches(environment))/\(Self.checked(name))"
        case .temporary(let name):
            let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
            return try (folder.hasSuffix("/") ? folder : "\(folder)/") + Self.checked(name)
        }
    }

    private static func checked(_ name: String) throws(FSCacheError) -> String {
        guard !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        else {
            throw FSCacheError(
                .invalidSetting,
                "\(name.debugDescription) can't name a cache: use a plain name, or a location by path."
            )
        }
        return name
    }

    private static func home(_ environment: [String: String]) -> String {
        if let home = environment["HOME"], home.hasPrefix("/") { home } else { NSHomeDirectory() }
    }

    private static func expandTilde(_ path: String, _ environment: [String: String]) throws(FSCacheError) -> String {
        guard path.hasPrefix("~") else { return path }
        let user = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + user.count)
        guard !user.isEmpty else { return home(environment) + rest }
        guard let home = NSHomeDirectoryForUser(String(user)) else {
            throw FSCacheError(.invalidSetting, "Can't expand \(path): the system has no user named \(user).")
        }
        return home + rest
    }

    private static func userCaches(_ environment: [String: String]) -> String {
        #if canImport(Darwin)
        NSSearchPathForDirectoriesInDomains(.cachesDirectory, .userDomainMask, true).first
            ?? "\(home(environment))/Library/Caches"
        #else
        // The XDG base directory specification says to ignore relative values.
        if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") {
            caches
        } else {
            "\(home(environment))/.cache"
        }
        #endif
    }
}
