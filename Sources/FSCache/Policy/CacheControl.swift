internal import HTTPTypes

/// The directives of a `Cache-Control` field, of a request or a response (RFC 9111 §5.2).
///
/// Names are compared without regard to case, arguments may be tokens or quoted strings. Of a repeated directive with a
/// number the least counts, and an argument that is no number counts as 0: both lean towards staleness
/// (RFC 9111 §4.2.1).
struct CacheControl: Sendable, Hashable {
    var maxAge: Int?
    var sharedMaxAge: Int?
    var minFresh: Int?
    /// Of requests; without an argument any staleness will do, here `Int.max`.
    var maxStale: Int?
    var staleIfError: Int?
    var staleWhileRevalidate: Int?
    var noCache = false
    var noStore = false
    var onlyIfCached = false
    var mustRevalidate = false
    var proxyRevalidate = false
    var mustUnderstand = false
    var isPublic = false
    var isPrivate = false
    var immutable = false
    /// The fields named by `no-cache="…"` (RFC 9111 §5.2.2.4), in lower case.
    var noCacheFields: [String] = []
    /// The fields named by `private="…"` (RFC 9111 §5.2.2.7), in lower case.
    var privateFields: [String] = []

    init() {}

    /// Reads all `Cache-Control` fields of a message as one list.
    ///
    /// Where there is none, an HTTP/1.0 `Pragma: no-cache` counts as `no-cache` in requests (RFC 9111 §5.4).
    init(_ fields: HTTPFields, isRequest: Bool = false) {
        var isPresent = false
        for field in fields where field.name == .cacheControl {
            isPresent = true
            DirectiveReader.forEachDirective(in: field.value) { apply($0, $1) }
        }
        if isRequest, !isPresent, let pragma = fields[.pragma] {
            DirectiveReader.forEachDirective(in: pragma) { name, _ in if name == "no-cache" { noCache = true } }
        }
    }

    private mutating func apply(_ name: String, _ argument: String?) {
        func seconds() -> Int { Self.deltaSeconds(argument) ?? 0 }
        func least(_ old: Int?) -> Int { min(old ?? .max, seconds()) }
        switch name {
        case "max-age": maxAge = least(maxAge)
        case "s-maxage": sharedMaxAge = least(sharedMaxAge)
        case "min-fresh": minFresh = max(minFresh ?? 0, seconds())
        case "max-stale": maxStale = min(maxStale ?? .max, argument == nil ? .max : seconds())
        case "stale-if-error": staleIfError = least(staleIfError)
        case "stale-while-revalidate": staleWhileRevalidate = least(staleWhileRevalidate)
        case "no-cache":
            if let argument { noCacheFields += Self.fieldNames(argument) } else { noCache = true }
        case "private":
            if let argument { privateFields += Self.fieldNames(argument) } else { isPrivate = true }
        case "no-store": noStore = true
        case "only-if-cached": onlyIfCached = true
        case "must-revalidate": mustRevalidate = true
        case "proxy-revalidate": proxyRevalidate = true
        case "must-understand": mustUnderstand = true
        case "public": isPublic = true
        case "immutable": immutable = true
        default: break  // unknown directives are ignored (RFC 9111 §5.2.3)
        }
    }

    /// A number of seconds, at most 2^31 (RFC 9111 §1.2.2).
    static func deltaSeconds(_ text: String?) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        var value = 0
        for digit in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = min(value * 10 + Int(digit - UInt8(ascii: "0")), 1 << 31)
        }
        return value
    }

    private static func fieldNames(_ list: String) -> [String] {
        list.split { $0 == "," || $0 == " " || $0 == "\t" }.map { $0.lowercased() }
    }
}

/// Takes a `Cache-Control` value apart: `#( token [ "=" ( token / quoted-string ) ] )`.
private enum DirectiveReader {
    /// Calls `body` with each directive's name in lower case and its argument, unquoted.
    static func forEachDirective(in value: String, _ body: (String, String?) -> Void) {
        var rest = value[...].utf8
        while true {
            rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: ",") }
            guard !rest.isEmpty else { return }
            let name = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
            rest = rest[name.endIndex...].drop(while: isSpace)
            var argument: String?
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst().drop(while: isSpace)
                argument = rest.first == UInt8(ascii: "\"") ? quotedString(&rest) : token(&rest)
            }
            if !name.isEmpty { body(Substring(name).lowercased(), argument) }
            // Whatever stands between an argument and the next comma belongs to nothing that is known.
            rest = rest.drop { $0 != UInt8(ascii: ",") }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func token(_ rest: inout Substring.UTF8View) -> String {
        let token = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: ",") }
        rest = rest[token.endIndex...]
        return String(Substring(token))
    }

    private static func quotedString(_ rest: inout Substring.UTF8View) -> String {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                bytes.append(escaped)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
