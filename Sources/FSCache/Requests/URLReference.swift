internal import Serializers

/// A URL reference taken apart by the grammar of RFC 3986 (appendix B), without a fragment.
///
/// Components are slices of what was read. An absent component is `nil`, an empty one is empty.
struct URLReference {
    let scheme: ArraySlice<UInt8>?
    let authority: ArraySlice<UInt8>?
    let path: ArraySlice<UInt8>
    let query: ArraySlice<UInt8>?

    init(_ octets: [UInt8]) {
        var rest = octets[..<(octets.firstIndex(of: UInt8(ascii: "#")) ?? octets.endIndex)]

        if let end = rest.firstIndex(where: { !$0.isPlainInScheme }), end > rest.startIndex,
            rest[end] == UInt8(ascii: ":"), !rest[rest.startIndex].isDigit
        {
            self.scheme = rest[..<end]
            rest = rest[(end + 1)...]
        } else {
            self.scheme = nil
        }

        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            self.query = rest[(mark + 1)...]
            rest = rest[..<mark]
        } else {
            self.query = nil
        }

        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            self.authority = rest[..<end]
            rest = rest[end...]
        } else {
            self.authority = nil
        }
        self.path = rest
    }
}

extension UInt8 {
    fileprivate var isPlainInScheme: Bool {
        switch self {
        case UInt8(ascii: "_"), UInt8(ascii: "~"): false
        default: isUnreserved || self == UInt8(ascii: "+")
        }
    }
}
