#if MongoDB
internal import CMongoC
internal import FSCache

/// An error of libmongoc or of the server.
struct DriverError: Error, CustomStringConvertible {
    private let domain: UInt32
    private let code: UInt32
    private let message: String

    init(_ error: bson_error_t) {
        domain = error.domain
        code = error.code
        message = unsafe withUnsafeBytes(of: error.message) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// An error that the server reported in its answer.
    init(serverCode: Int, message: String) {
        domain = MONGOC_ERROR_SERVER.rawValue
        code = UInt32(truncatingIfNeeded: serverCode)
        self.message = message
    }

    /// The error for an operation that waited too long for a free connection.
    static let busy = DriverError(
        domain: MONGOC_ERROR_POOL.rawValue,
        code: 0,
        message: "all connections were busy for longer than the time limit. Raise maximumConnections or the time limit"
    )

    private init(domain: UInt32, code: UInt32, message: String) {
        self.domain = domain
        self.code = code
        self.message = message
    }

    /// Whether the server can't be used, and hasn't only refused one command.
    var isOutage: Bool {
        ![MONGOC_ERROR_SERVER, MONGOC_ERROR_COMMAND, MONGOC_ERROR_BSON].contains { $0.rawValue == domain }
    }

    /// Whether two writers created one document at once.
    var isDuplicateKey: Bool { domain == MONGOC_ERROR_SERVER.rawValue && code == 11000 }

    var description: String {
        switch (domain, code) {
        case (MONGOC_ERROR_CLIENT.rawValue, MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue),
            (MONGOC_ERROR_SERVER.rawValue, 18):
            "the server refuses the user: check the name, the password and authSource in the URL (\(message))"
        case (MONGOC_ERROR_SERVER.rawValue, 13):
            "the user isn't allowed to do this: give it the role readWrite (\(message))"
        case (MONGOC_ERROR_SERVER_SELECTION.rawValue, _):
            "the server can't be reached: check that it runs, and the host and port in the URL (\(message))"
        default:
            message
        }
    }
}
#endif
