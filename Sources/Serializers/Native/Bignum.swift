/// A whole number of any size, to convert between decimal digits and bytes.
///
/// Both directions take time quadratic in the length, so lengths are limited.
struct Bignum {
    /// The maximum length of a magnitude in bytes.
    static let maximumByteCount = 1024
    /// The maximum number of decimal digits, which always fit in ``maximumByteCount`` bytes.
    static let maximumDigitCount = 2466

    /// Words of 64 bits, the lowest first, without zeros at the end.
    private var words: [UInt64] = []

    /// How many digits are converted at once: as many as fit in a word.
    private static let chunkLength = 19
    private static let chunkBase: UInt64 = 10_000_000_000_000_000_000

    /// Makes a number from ASCII digits.
    init(digits: ArraySlice<UInt8>) {
        var rest = digits
        while !rest.isEmpty {
            let chunk = rest.prefix(
                rest.count % Self.chunkLength == 0 ? Self.chunkLength : rest.count % Self.chunkLength
            )
            rest = rest.dropFirst(chunk.count)
            var carry = chunk.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
            for index in words.indices {
                let product = words[index].multipliedFullWidth(by: Self.chunkBase)
                let (low, overflow) = product.low.addingReportingOverflow(carry)
                words[index] = low
                carry = product.high + (overflow ? 1 : 0)
            }
            if carry > 0 { words.append(carry) }
        }
    }

    /// Makes a number from bytes in big-endian order.
    init(bytes: Span<UInt8>) {
        var word: UInt64 = 0
        for index in 0..<bytes.count {
            word |= UInt64(bytes[bytes.count - 1 - index]) << (8 * UInt64(index % 8))
            if index % 8 == 7 || index == bytes.count - 1 {
                words.append(word)
                word = 0
            }
        }
        dropZeros()
    }

    /// The bytes in big-endian order, without leading zeros.
    var bytes: [UInt8] {
        let all = words.reversed().flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
        return Array(all.drop { $0 == 0 })
    }

    /// The decimal digits, without leading zeros; `0` for zero.
    var digits: String {
        var rest = self
        var chunks: [UInt64] = []
        while !rest.words.isEmpty {
            var remainder: UInt64 = 0
            for index in rest.words.indices.reversed() {
                (rest.words[index], remainder) = Self.chunkBase.dividingFullWidth((remainder, rest.words[index]))
            }
            rest.dropZeros()
            chunks.append(remainder)
        }
        guard let first = chunks.last else { return "0" }
        return chunks.dropLast().reversed().reduce(into: String(first)) { text, chunk in
            let digits = String(chunk)
            text += String(repeating: "0", count: Self.chunkLength - digits.utf8.count) + digits
        }
    }

    /// The value, if it fits in `Int128`.
    var int128: Int128? {
        switch words.count {
        case 0: 0
        case 1: Int128(words[0])
        case 2: Int128(exactly: UInt128(words[1]) << 64 | UInt128(words[0]))
        default: nil
        }
    }

    /// Adds one.
    mutating func increment() {
        for index in words.indices {
            words[index] &+= 1
            if words[index] != 0 { return }
        }
        words.append(1)
    }

    /// Subtracts one; zero stays zero.
    mutating func decrement() {
        guard !words.isEmpty else { return }
        for index in words.indices {
            words[index] &-= 1
            if words[index] != .max { break }
        }
        dropZeros()
    }

    private mutating func dropZeros() {
        while words.last == 0 { words.removeLast() }
    }
}
