#if Redis
internal import CHiredis
internal import Foundation

/// A reply of the server.
enum RedisReply: Sendable, Equatable {
    case null
    case integer(Int)
    /// A string or a status.
    case bytes(Data)
    case array([RedisReply])
    case error(String)

    /// Copies a reply of hiredis.
    init(_ reply: UnsafeMutablePointer<redisReply>) {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = unsafe .integer(Int(reply.pointee.integer))
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = unsafe .bytes(Self.data(of: reply))
        case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: Self.data(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.pointee.element, count: reply.pointee.elements)
            self = unsafe .array(elements.map { unsafe $0.map { unsafe RedisReply($0) } ?? .null })
        default: self = .null
        }
    }

    private static func data(of reply: UnsafeMutablePointer<redisReply>) -> Data {
        guard let start = unsafe reply.pointee.str else { return Data() }
        return unsafe Data(bytes: start, count: reply.pointee.len)
    }

    /// The bytes of a string.
    var data: Data? {
        guard case .bytes(let data) = self else { return nil }
        return data
    }

    /// The text of a string.
    var text: String? { data.map { String(decoding: $0, as: UTF8.self) } }

    /// The number, also as a string.
    var number: Int? {
        if case .integer(let number) = self { return number }
        return text.flatMap { Int($0) }
    }

    /// The elements of an array.
    var elements: [RedisReply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The message of an error.
    var error: String? {
        guard case .error(let message) = self else { return nil }
        return message
    }
}
#endif
