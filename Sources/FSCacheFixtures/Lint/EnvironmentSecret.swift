/// The value of an environment variable that must not occur in fixtures.
package struct EnvironmentSecret: Sendable {
    /// The spellings of the value.
    ///
    /// Spellings with escapes aren't among them, because escapes are decoded before text is searched.
    let forms: [[UInt8]]

    /// The shortest value that is searched for, in octets, because shorter ones occur by chance.
    package static let minimumLength = 6

    /// Prepares a value, or returns `nil` if it is shorter than ``minimumLength``.
    package init?(_ value: String) {
        let octets = Array(value.utf8)
        guard octets.count >= Self.minimumLength else { return nil }
        let inForm = octets.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 }
        let base64 = (0..<3).flatMap { shift in [false, true].map { Self.base64(octets, shift: shift, isForURLs: $0) } }
        var seen: Set<[UInt8]> = []
        forms = ([octets, inForm] + base64).filter { seen.insert($0).inserted }
    }

    /// The digits that the value has in base64, whatever stands around it.
    ///
    /// - Parameters:
    ///   - octets: The value.
    ///   - shift: How many octets stand before the value, modulo three.
    ///   - isForURLs: Whether the alphabet is that for URLs.
    /// - Returns: The digits, without padding.
    private static func base64(_ octets: [UInt8], shift: Int, isForURLs: Bool) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(isForURLs ? "-_" : "+/")".utf8
        )
        let padded = [UInt8](repeating: 0, count: shift) + octets
        // The first digits and the last one depend on the neighbours, too.
        let digits = (shift * 8 + 5) / 6..<padded.count * 8 / 6
        return digits.map { digit in
            let (index, offset) = (digit * 6 / 8, digit * 6 % 8)
            let next = index + 1 < padded.count ? padded[index + 1] : 0
            let window = UInt16(padded[index]) << 8 | UInt16(next)
            return alphabet[Int(window >> UInt16(10 - offset) & 63)]
        }
    }
}
