internal import Foundation

extension URLNormalizer {
    /// The longest label in DNS (RFC 1035 §2.3.4).
    ///
    /// Punycode never shortens a label.
    private static let longestLabel = 63

    /// The code points that UTS #46 removes and that occur in practice: the soft hyphen, the zero width space, the word
    /// joiner, the byte order mark and the variation selectors.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x200B, 0x2060, 0xFEFF, 0xFE00...0xFE0F: true
        default: false
        }
    }

    /// Appends a host that has escapes or non-ASCII characters: decoded, mapped to lower case and NFKC, and with Punycode
    /// for each non-ASCII label.
    ///
    /// It implements the common part of UTS #46: full-width letters, decomposed accents, capitals and ideographic full stops
    /// are mapped as specified, and `ß` and `ς` are kept. It accepts some names that a registry would reject.
    ///
    /// - Parameters:
    ///   - host: The host as written.
    ///   - output: Receives the host.
    /// - Throws: ``FSCacheError/Code/invalidURL`` if it is not a valid host.
    static func append(
        internationalHost host: borrowing Span<UInt8>,
        to output: inout [UInt8]
    ) throws(FSCacheError) {
        guard host.count <= 4096, let name = String(validating: decoded(host), as: UTF8.self) else {
            throw invalidHost(host, "it is too long or not UTF-8")
        }
        let start = output.count
        for (index, label) in mapped(name).split(separator: ".", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ".")) }
            if label.allSatisfy(\.isASCII) {
                for scalar in label {
                    let octet = UInt8(truncatingIfNeeded: scalar.value)
                    guard octet.isPlainInHost else {
                        throw invalidHost(host, "it contains \(Character(scalar).debugDescription)")
                    }
                    output.append(octet)
                }
            } else {
                guard label.count <= longestLabel, let encoded = Punycode.encode(label),
                    encoded.count + 4 <= longestLabel
                else {
                    throw invalidHost(host, "a label is longer than \(longestLabel) characters in Punycode")
                }
                guard !encoded.contains(where: { !$0.isPlainInHost }) else {
                    throw invalidHost(host, "it contains an invalid character")
                }
                output.append(contentsOf: "xn--".utf8)
                output.append(contentsOf: encoded)
            }
        }
        guard output.count > start else { throw invalidHost(host, "it contains only invisible characters") }
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

/// The encoding of Unicode labels in ASCII (RFC 3492).
enum Punycode {
    private static let base: UInt32 = 36
    private static let minimumThreshold: UInt32 = 1
    private static let maximumThreshold: UInt32 = 26
    private static let initialBias: UInt32 = 72

    /// Encodes code points, without the `xn--` that marks a label (RFC 3492 §6.3).
    ///
    /// - Parameter label: The code points to encode.
    /// - Returns: ASCII octets, or `nil` if the label is so long that the arithmetic would overflow.
    static func encode(_ label: some Collection<Unicode.Scalar>) -> [UInt8]? {
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basicCount = UInt32(output.count)
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }

        var threshold: UInt32 = 0x80
        var delta: UInt32 = 0
        var bias = initialBias
        var handled = basicCount
        while handled < label.count {
            guard let next = label.lazy.map(\.value).filter({ $0 >= threshold }).min() else { return nil }
            let (step, stepOverflow) = (next - threshold).multipliedReportingOverflow(by: handled + 1)
            let (sum, sumOverflow) = delta.addingReportingOverflow(step)
            guard !stepOverflow, !sumOverflow else { return nil }
            delta = sum
            threshold = next
            for scalar in label {
                if scalar.value < threshold {
                    guard delta < .max else { return nil }
                    delta += 1
                } else if scalar.value == threshold {
                    appendInteger(delta, bias: bias, to: &output)
                    bias = adapt(delta, count: handled + 1, isFirst: handled == basicCount)
                    delta = 0
                    handled += 1
                }
            }
            guard delta < .max else { return nil }
            delta += 1
            threshold += 1
        }
        return output
    }

    private static func appendInteger(_ value: UInt32, bias: UInt32, to output: inout [UInt8]) {
        var rest = value
        var position = base
        while true {
            let limit =
                position <= bias
                ? minimumThreshold : min(max(position - bias, minimumThreshold), maximumThreshold)
            if rest < limit { break }
            output.append(digit(limit + (rest - limit) % (base - limit)))
            rest = (rest - limit) / (base - limit)
            position += base
        }
        output.append(digit(rest))
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return value < 26 ? UInt8(ascii: "a") + value : UInt8(ascii: "0") + value - 26
    }

    private static func adapt(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var bias: UInt32 = 0
        while delta > (base - minimumThreshold) * maximumThreshold / 2 {
            delta /= base - minimumThreshold
            bias += base
        }
        return bias + (base - minimumThreshold + 1) * delta / (delta + 38)
    }
}
