import ArgumentParser
import FSCache
import Foundation

#if SQLite
import FSCacheSQLite
#endif
#if Redis
import FSCacheRedis
#endif
#if MongoDB
import FSCacheMongoDB
#endif

/// The place of a cache: a directory, or a store that a trait brings.
enum CacheLocation {
    case directory(FilesystemBackend.Location)
    /// A store, and its place without a password.
    case store(NamedBackend, name: String)

    /// Reads a location.
    ///
    /// - Parameter argument: The text; with `@` before it, the path of a file whose first line is the text.
    /// - Throws: `ValidationError`, without a password.
    init(argument: String) throws {
        let text = argument.hasPrefix("@") ? try Self.firstLine(ofFile: String(argument.dropFirst())) : argument
        if text.hasPrefix("sqlite:") {
            self = try Self.sqlite(String(text.dropFirst("sqlite:".count)))
            return
        }
        guard let end = text.firstRange(of: "://") else {
            guard !text.isEmpty else { throw ValidationError("The place of the cache is empty.") }
            self = .directory(.path(text))
            return
        }
        let name = Self.withoutUser(text, after: end.upperBound)
        switch text[..<end.lowerBound].lowercased() {
        case "redis", "rediss", "redis+unix":
            #if Redis
            self = .store(.redis(text), name: name)
            #else
            throw Self.missing("Redis", "Redis")
            #endif
        case "mongodb", "mongodb+srv":
            #if MongoDB
            self = .store(.mongodb(text), name: name)
            #else
            throw Self.missing("MongoDB", "MongoDB")
            #endif
        case let scheme:
            throw ValidationError(
                "A cache can't be at \(scheme)://… Name a directory, sqlite:PATH, redis://… or mongodb://…"
            )
        }
    }

    private static func sqlite(_ path: String) throws -> CacheLocation {
        #if SQLite
        guard !path.isEmpty else { throw ValidationError("Write the path of the database: sqlite:PATH.") }
        // Unlike in the library, a plain name is a path, as for directories.
        let isPlain = !path.contains("/") && path.first != "~" && path != ":memory:"
        return .store(.sqlite(isPlain ? "./\(path)" : path), name: "sqlite:\(path)")
        #else
        throw missing("SQLite", "SQLite")
        #endif
    }

    private static func missing(_ store: String, _ trait: String) -> ValidationError {
        ValidationError(
            "This fscache was built without \(store). 'make full' builds one with everything, and so does the package "
                + "trait \(trait)."
        )
    }

    private static func firstLine(ofFile path: String) throws -> String {
        let expanded = (path as NSString).expandingTildeInPath
        guard let text = try? String(contentsOfFile: expanded, encoding: .utf8) else {
            throw ValidationError("Can't read the place of the cache from the file \(path.debugDescription).")
        }
        return text.split(whereSeparator: \.isNewline).first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    }

    /// A URL without its user and password.
    private static func withoutUser(_ url: String, after start: String.Index) -> String {
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        guard let at = url[start..<end].lastIndex(of: "@") else { return url }
        return String(url[..<start] + url[url.index(after: at)...])
    }

    /// The absolute path of the directory, or the place of the store without a password.
    func resolve() throws(FSCacheError) -> String {
        switch self {
        case .directory(let location): try location.resolve()
        case .store(_, let name): name
        }
    }
}
