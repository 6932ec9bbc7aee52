#if Stores
import CStoreClients
import FSCache
import Foundation

/// The fewest calls of a store's C library, as the baseline of the comparisons.
enum RawStore {
    /// Reads the bytes of an entry from an SQLite database with a prepared statement.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - byteCount: The size of the entry.
    ///   - path: The database of an `SQLiteBackend`.
    /// - Returns: An operation that reads them.
    /// - Throws: When the database can't be opened.
    static func selecting(_ key: CacheKey, byteCount: Int, from path: String) throws -> Operation {
        let client = try unsafe Client("sqlite3", closing: sqlite_client_close) { client in
            unsafe sqlite_client_open(path, &client)
        }
        let digest = try bytes(ofHexadecimal: key.description)
        return unsafe client.operation { pointer, times in
            unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { buffer in
                unsafe digest.withUnsafeBytes { digest in
                    unsafe sqlite_client_read(
                        pointer,
                        digest.baseAddress,
                        digest.count,
                        buffer.baseAddress,
                        byteCount,
                        times
                    )
                }
            }
        }
    }

    /// Stores bytes as a string in Redis, and reads it.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - url: The URL of the server.
    /// - Returns: An operation that reads them.
    /// - Throws: When the server can't be used.
    static func getting(_ bytes: Data, from url: String) throws -> Operation {
        guard let url = URL(string: url), let host = url.host(), let port = url.port else {
            throw URLError(.badURL)
        }
        let client = try unsafe Client("hiredis", closing: redis_client_close) { client in
            unsafe redis_client_open(host, Int32(port), &client)
        }
        let key = "bench:raw"
        let byteCount = bytes.count
        try unsafe client.use { pointer in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe redis_client_set(pointer, key, bytes.baseAddress, byteCount)
            }
        }
        return unsafe client.operation { pointer, times in unsafe redis_client_get(pointer, key, byteCount, times) }
    }

    /// Finds the document of an entry in MongoDB.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - byteCount: The size of the entry.
    ///   - url: The URL of the database of a `MongoDBBackend` with the default settings.
    /// - Returns: An operation that finds it.
    /// - Throws: When the URL is invalid.
    static func finding(_ key: CacheKey, byteCount: Int, in url: String) throws -> Operation {
        guard let database = URL(string: url)?.lastPathComponent else { throw URLError(.badURL) }
        let client = try unsafe Client("libmongoc", closing: mongodb_client_close) { client in
            unsafe mongodb_client_open(url, database, "http_cache.entries", &client)
        }
        let identifier = key.description
        return unsafe client.operation { pointer, times in
            unsafe mongodb_client_find(pointer, identifier, byteCount, times)
        }
    }

    private static func bytes(ofHexadecimal digits: String) throws -> [UInt8] {
        let digits = digits.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64 else { throw CocoaError(.formatting) }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// A connection of a C library, which is closed with the last operation that uses it.
// Sendable, because batches run one after the other, so one thread uses it at a time.
@safe private final class Client: @unchecked Sendable {
    private let library: String
    private let pointer: OpaquePointer
    private let close: (OpaquePointer) -> Void

    init(
        _ library: String,
        closing close: @escaping (OpaquePointer) -> Void,
        opening open: (inout OpaquePointer?) -> Int32
    ) throws {
        var pointer: OpaquePointer?
        let status = unsafe open(&pointer)
        guard status == 0, let pointer = unsafe pointer else { throw Failure(library: library, status: status) }
        self.library = library
        unsafe self.pointer = pointer
        unsafe self.close = close
    }

    deinit { unsafe close(pointer) }

    func use(_ body: (OpaquePointer) -> Int32) throws {
        let status = unsafe body(pointer)
        guard status == 0 else { throw Failure(library: library, status: status) }
    }

    func operation(_ body: @escaping @Sendable (OpaquePointer, Int64) -> Int32) -> Operation {
        { times in try unsafe self.use { pointer in unsafe body(pointer, Int64(times)) } }
    }

    /// A call of the library failed.
    struct Failure: Error {
        var library: String
        var status: Int32
    }
}
#endif
