#if MongoDB
internal import CMongoC
internal import FSCache
internal import Foundation
internal import Logging

/// libmongoc as a whole.
enum Driver {
    /// Initializes libmongoc once, and passes its messages on to swift-log.
    ///
    /// libmongoc would write them to standard error. What matters in them is also in the errors that operations throw, so
    /// they are on the level debug.
    static let isInitialized: Bool = {
        mongoc_init()
        unsafe mongoc_log_set_handler(
            { _, domain, message, _ in
                guard let domain = unsafe domain, let message = unsafe message else { return }
                unsafe Driver.logger.debug("\(String(cString: domain)): \(String(cString: message))")
            },
            nil
        )
        return true
    }()

    private static let logger = Logger(label: "FSCacheMongoDB.libmongoc")
}

/// A checked connection URL.
// Sendable, because only the initializer changes what the pointer points to. Afterwards, libmongoc only reads it, to copy it
// into a pool, and the other properties are constants.
@safe final class DriverURI: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    /// The servers and the database, without user and password.
    let name: String
    /// The database in the URL.
    let database: String?
    /// How many connections the pool has at most.
    let maximumConnections: Int

    /// Parses a URL, and adds the settings that it doesn't have.
    init(_ url: String, _ settings: MongoDBSettings) throws(FSCacheError) {
        guard Driver.isInitialized, url.hasPrefix("mongodb://") || url.hasPrefix("mongodb+srv://") else {
            throw FSCacheError(.invalidSetting, "The URL of a MongoDB server begins with mongodb:// or mongodb+srv://.")
        }
        var error = bson_error_t()
        // libmongoc would take what follows the first of two @ for the host, and messages name the host.
        let hasOneUser = url.filter { $0 == "@" }.count <= 1
        guard hasOneUser, let pointer = unsafe mongoc_uri_new_with_error(url, &error) else {
            // The message may quote any part of the URL, so don't show it if there may be a password.
            let reason =
                url.contains("@") ? "escape special characters in user and password with %" : "\(DriverError(error))"
            throw FSCacheError(
                .invalidSetting,
                "The URL of the MongoDB server is not like mongodb://user:password@host:port/database: \(reason)."
            )
        }
        unsafe self.pointer = pointer
        let database = unsafe mongoc_uri_get_database(pointer).map { unsafe String(cString: $0) }
        self.database = database
        name = unsafe "MongoDB at \(Self.hosts(of: pointer))"

        func setDefault(_ option: String, _ value: Int32) {
            guard unsafe !mongoc_uri_has_option(pointer, option) else { return }
            unsafe mongoc_uri_set_option_as_int32(pointer, option, value)
        }
        setDefault(MONGOC_URI_CONNECTTIMEOUTMS, settings.connectTimeLimit.milliseconds)
        setDefault(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, settings.connectTimeLimit.milliseconds)
        setDefault(MONGOC_URI_SOCKETTIMEOUTMS, settings.operationTimeLimit.milliseconds)
        setDefault(MONGOC_URI_MAXPOOLSIZE, Int32(clamping: settings.maximumConnections))
        // A second attempt would double the time limit, and some commands can't be retried by the server.
        for option in [MONGOC_URI_RETRYREADS, MONGOC_URI_RETRYWRITES] {
            unsafe mongoc_uri_set_option_as_bool(pointer, option, false)
        }
        maximumConnections = unsafe max(1, Int(mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_MAXPOOLSIZE, 1)))
    }

    deinit { unsafe mongoc_uri_destroy(pointer) }

    private static func hosts(of uri: OpaquePointer) -> String {
        if let service = unsafe mongoc_uri_get_srv_hostname(uri) { return unsafe String(cString: service) }
        var names: [String] = []
        var next = unsafe mongoc_uri_get_hosts(uri)
        while let host = unsafe next {
            names.append(
                unsafe withUnsafeBytes(of: host.pointee.host_and_port) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
            )
            unsafe next = UnsafePointer(host.pointee.next)
        }
        return names.joined(separator: ", ")
    }
}

/// A pool of connections.
// Sendable, because libmongoc guards its pools with a lock: any thread may pop and push clients. A client leaves the pool for
// one call of `withClient`, so only one thread uses it at a time.
@safe final class DriverPool: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Makes a pool.
    ///
    /// This looks up the hosts of `mongodb+srv`, but connects to none.
    init(_ uri: DriverURI) throws(DriverError) {
        var error = bson_error_t()
        guard let pool = unsafe mongoc_client_pool_new_with_error(uri.pointer, &error) else {
            throw DriverError(error)
        }
        unsafe pointer = pool
        unsafe mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
        unsafe mongoc_client_pool_set_appname(pool, "FSCache")
    }

    deinit { unsafe mongoc_client_pool_destroy(pointer) }

    /// Lends a client, and waits while all are in use.
    func withClient<Value>(_ body: (DriverClient) throws -> Value) throws -> Value {
        guard let client = unsafe mongoc_client_pool_pop(pointer) else { throw DriverError.busy }
        defer { unsafe mongoc_client_pool_push(pointer, client) }
        return try unsafe body(DriverClient(client))
    }
}

/// A client that one thread uses.
@safe struct DriverClient {
    private let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// Runs a command and waits for its reply.
    ///
    /// - Parameters:
    ///   - command: The command, whose first member is its name.
    ///   - database: The database.
    ///   - writes: Whether the command may write.
    /// - Returns: The reply.
    /// - Throws: When the server can't be asked, or reports an error.
    func run(_ command: CommandValue, in database: String, writes: Bool) throws(DriverError) -> BSONDocument {
        var error = bson_error_t()
        var start: UnsafeMutablePointer<UInt8>?
        var length: UInt32 = 0
        let succeeded = unsafe command.bson.withUnsafeBytes { bytes in
            let first = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            return unsafe cmongoc_run(pointer, database, writes, first, bytes.count, &start, &length, &error)
        }
        let reply = unsafe start.flatMap { start -> BSONDocument? in
            let free = unsafe Data.Deallocator.custom { bytes, _ in unsafe bson_free(bytes) }
            return unsafe BSONDocument(Data(bytesNoCopy: start, count: Int(length), deallocator: free))
        }
        guard succeeded else { throw DriverError(error) }
        guard let reply else { throw DriverError(serverCode: 0, message: "the reply is not a BSON document") }
        if let refused = reply[documents: "writeErrors"].first ?? reply[document: "writeConcernError"] {
            throw DriverError(
                serverCode: refused[integer: "code"] ?? 0,
                message: refused[string: "errmsg"] ?? "the server couldn't write"
            )
        }
        return reply
    }
}

extension Duration {
    /// Whole milliseconds, at least one: libmongoc takes zero for no limit.
    fileprivate var milliseconds: Int32 { max(1, Int32(clamping: Int64(self / .milliseconds(1)))) }
}
#endif
