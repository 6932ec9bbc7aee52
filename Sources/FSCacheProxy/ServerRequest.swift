#if Proxy
import FSCache
import FSCacheAsyncHTTPClient
import HTTPTypes
import NIOHTTP1

/// A request from a client.
struct ServerRequest: Sendable {
    /// The method token.
    let method: String
    /// The request target: a path, or an absolute URL if the client uses this server as its proxy (RFC 9112 §3.2).
    let target: String
    /// The values of the `Host` fields, of which a valid request has one.
    let hosts: [String]
    /// The header fields in their order, without `Host`.
    let headerFields: HTTPFields
    /// The content.
    let body: MessageBody?
    /// Whether the client speaks HTTP/1.0.
    let isHTTP10: Bool
    /// Sends the client an interim response, or `nil` if it can't receive them (RFC 9110 §15.2).
    let onInterimResponse: InterimResponses.Receiver?

    /// The maximum number of header fields, which is fewer than `HTTPFields` can hold.
    static let maximumFieldCount = 10_000

    init(_ head: HTTPRequestHead, body: MessageBody?, onInterimResponse: InterimResponses.Receiver? = nil) {
        // NIO misspells this method.
        method = head.method == .MSEARCH ? "M-SEARCH" : head.method.rawValue
        target = Self.escaped(head.uri)
        isHTTP10 = head.isHTTP10
        self.body = body
        self.onInterimResponse = isHTTP10 ? nil : onInterimResponse
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        var hosts: [String] = []
        for (name, value) in head.headers.prefix(Self.maximumFieldCount) {
            guard let name = HTTPField.Name(name) else { continue }
            if name == .host {
                hosts.append(value)
            } else if value.utf8.allSatisfy({ $0 < 0x80 }) {
                fields.append(HTTPField(name: name, value: value))
            } else {
                fields.append(HTTPField(name: name, value: EscapedOctets.unescape(value)))
            }
        }
        self.hosts = hosts
        headerFields = fields
    }

    /// The target, with characters percent-encoded that a URL can't contain.
    ///
    /// Clients send them, and servers accept them.
    private static func escaped(_ target: String) -> String {
        guard !target.utf8.allSatisfy({ isAllowed[Int($0)] }) else { return target }
        let octets = EscapedOctets.unescape(target)
        var escaped: [UInt8] = []
        for (index, octet) in octets.enumerated() {
            let isEscape =
                octet == UInt8(ascii: "%") && octets[index...].dropFirst().prefix(2).count { $0.isHexDigit } == 2
            if isEscape || isAllowed[Int(octet)] {
                escaped.append(octet)
            } else {
                escaped += [UInt8(ascii: "%"), hexDigits[Int(octet >> 4)], hexDigits[Int(octet & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// Whether a URL can contain an octet unescaped (RFC 3986 §2.2, §2.3).
    private static let isAllowed: [Bool] = {
        var allowed = [Bool](repeating: false, count: 256)
        let characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;="
        for octet in characters.utf8 { allowed[Int(octet)] = true }
        return allowed
    }()
}

extension HTTPRequestHead {
    /// Whether content follows (RFC 9112 §6).
    var hasBody: Bool {
        headers.contains(name: "transfer-encoding") || (contentLength ?? 0) > 0
    }

    /// The length of the content, if it is declared.
    var contentLength: Int? {
        guard !headers.contains(name: "transfer-encoding") else { return nil }
        return headers.first(name: "content-length").flatMap { Int($0) }
    }

    /// Whether the client speaks HTTP/1.0 or an older version.
    var isHTTP10: Bool { version.major < 1 || (version.major == 1 && version.minor == 0) }

    /// Whether the client asks to switch protocols.
    ///
    /// NIO then parses no further requests (RFC 9110 §7.8, §9.3.6).
    var wouldSwitchProtocols: Bool {
        guard method != .CONNECT else { return true }
        return headers.contains(name: "upgrade")
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Whether the client waits for 100 (Continue) before it sends the content (RFC 9110 §10.1.1).
    var expectsContinue: Bool {
        !isHTTP10 && headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        Character(Unicode.Scalar(self)).isHexDigit
    }
}
#endif
