internal import Foundation

extension URLNormalizer {
    /// DNS holds labels of at most 63 octets (RFC 1035 §2.3.4), and no label gets shorter in Punycode.
    private static let longestLabel = 63

    /// The code points that UTS #46 drops and that people do enter: the soft hyphen, the zero width space, the word
    /// joiner, the byte order mark and the variation selectors.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x200B, 0x2060, 0xFEFF, 0xFE00...0xFE0F: true
        default: false
        }
    }

    /// Appends a host that has escapes or characters beyond ASCII: decoded, mapped to lower case and NFKC, and each
    /// label that is not ASCII then as Punycode.
    ///
    /// The mapping is the part of UTS #46 that people meet: full-width letters, decomposed accents, capitals and
    /// ideographic full stops come out as the standard has it, and `ß` and `ς` stay what they are. It doesn't refuse
    /// what a registry would refuse.
    ///
    /// - Parameters:
    ///   - host: The host as it was written.
    ///   - output: Where to append.
    /// - Throws: ``FSCacheError/Code/invalidURL`` when a host can't have such a name.
    static func append(
        internationalHost host: borrowing Span<UInt8>,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        guard host.count <= 4096, let name = String(validating: decoded(host), as: UTF8.self) else {
            throw invalidHost(host, "it is longer than any, or no UTF-8")
        }
        let start = output.count
        for (index, label) in mapped(name).split(separator: ".", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ".")) }
            if label.allSatisfy(\.isASCII) {
                for scalar in label {
                    let octet = UInt8(truncatingIfNeeded: scalar.value)
                    guard octet.isUnreserved || octet.isSubDelimiter else {
                        throw invalidHost(host, "it may not have \(Character(scalar).debugDescription)")
                    }
                    output.append(octet)
                }
            } else {
                guard label.count <= longestLabel, let encoded = Punycode.encode(label),
                    encoded.count + 4 <= longestLabel
                else {
                    throw invalidHost(host, "between two dots are more than \(longestLabel) characters of Punycode")
                }
                guard !encoded.contains(where: { !$0.isUnreserved && !$0.isSubDelimiter }) else {
                    throw invalidHost(host, "it has a character that no host may have")
                }
                output.append(contentsOf: "xn--".utf8)
                output.append(contentsOf: encoded)
            }
        }
        guard output.count > start else { throw invalidHost(host, "nothing is left of it") }
    }

    private static func decoded(_ host: borrowing Span<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        var index = 0
        while index < host.count {
            let escaped = host.escapedOctet(at: index)
            octets.append(escaped ?? host[index])
            index += escaped == nil ? 1 : 3
        }
        return octets
    }

    private static func mapped(_ name: String) -> [Unicode.Scalar] {
        var kept = String.UnicodeScalarView()
        for scalar in name.unicodeScalars where !isDropped(scalar) { kept.append(scalar) }
        let compatible = String(kept).precomposedStringWithCompatibilityMapping
        let lowercased = compatible.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        return lowercased.precomposedStringWithCompatibilityMapping.unicodeScalars
            .map { $0.value == 0x3002 ? "." : $0 }
    }

    private static func invalidHost(_ host: borrowing Span<UInt8>, _ reason: String) -> FSCacheError {
        FSCacheError(.invalidURL, "“\(host.excerpt)” can't be a host: \(reason).")
    }
}
