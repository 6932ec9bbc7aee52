#if Proxy
/// The path of a request, as lenient origins read it.
enum TargetPath {
    /// Whether some origin could take the path for one above the root.
    ///
    /// Origins disagree about escapes, backslashes, empty segments, and text after a semicolon. A segment counts as one
    /// that leads down only if it does for all of them, and as one that leads up if it does for any.
    ///
    /// - Parameter target: The path, with or without a query.
    /// - Returns: Whether it could.
    static func climbs(_ target: String) -> Bool {
        var depth = 0
        for segment in target.utf8.prefix(while: { $0 != UInt8(ascii: "?") }).split(separator: UInt8(ascii: "/")) {
            let names = decoded(Array(segment)).split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
                .map { $0.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 && $0 != 0x7F } }
            let upCount = names.count { $0.elementsEqual("..".utf8) }
            if upCount > 0 {
                depth -= upCount
            } else if names.contains(where: { !$0.isEmpty && !$0.elementsEqual(".".utf8) }) {
                depth += 1
            }
            if depth < 0 { return true }
        }
        return false
    }

    /// Octets without escapes, however often they were escaped, and with dots and separators in overlong UTF-8 as ASCII.
    private static func decoded(_ octets: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = octets[...]
        while let octet = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if octet == UInt8(ascii: "%"), digits.utf8.count == 2, let escaped = UInt8(digits, radix: 16) {
                decoded.append(escaped)
                rest = rest.dropFirst(2)
            } else if [0xC0, 0xC1].contains(octet), let next = rest.first, next & 0xC0 == 0x80 {
                decoded.append((octet & 1) << 6 | next & 0x3F)
                rest = rest.dropFirst()
            } else {
                decoded.append(octet)
            }
        }
        return decoded.count == octets.count ? decoded : Self.decoded(decoded)
    }
}
#endif
