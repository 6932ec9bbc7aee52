package import Foundation

extension Span<UInt8> {
    /// The eight bytes at an offset, in little-endian order.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // Any eight bytes are a valid integer, and the call checks the bounds.
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: word)
    }

    /// The string of these bytes, which have been checked to be UTF-8.
    @inline(__always)
    package var string: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The string of these bytes, or `nil` when they are not UTF-8.
    // The generic `String(validating:as:)` is slower.
    @inline(__always)
    package var validatedString: String? { isUTF8 ? string : nil }

    /// Whether these bytes are UTF-8.
    var isUTF8: Bool {
        var index = 0
        while index < count {
            if index + 8 <= count, word(at: index) & .highBits == 0 {
                index += 8
            } else if self[index] < 0x80 {
                index += 1
            } else {
                guard let length = multibyteCharacterLength(at: index) else { return false }
                index += length
            }
        }
        return true
    }

    /// Whether these bytes are only visible ASCII characters and spaces.
    package var isPrintableASCII: Bool {
        areWords { $0.ascii(0x20...0x7E) }
    }

    /// Whether these bytes are only ASCII letters, digits and hyphens.
    package var isAlphanumericOrHyphen: Bool {
        areWords { word in
            let lowercased = word | 0x2020_2020_2020_2020
            return lowercased.ascii(UInt8(ascii: "a")...UInt8(ascii: "z"))
                | word.ascii(UInt8(ascii: "0")...UInt8(ascii: "9")) | word.ascii(UInt8(ascii: "-")...UInt8(ascii: "-"))
        }
    }

    /// Whether these bytes are ASCII characters that belong to a set, tested eight at a time.
    ///
    /// - Parameter marks: Gets eight characters, the last of them possibly for a second time, and sets the high bit of each
    ///   that belongs to the set. The set must contain `a`, which fills up fewer than eight.
    /// - Returns: Whether all belong to it.
    @inline(__always)
    private func areWords(_ marks: (UInt64) -> UInt64) -> Bool {
        func isWhole(_ word: UInt64) -> Bool { marks(word) & ~word & .highBits == .highBits }
        guard count >= 8 else {
            var word: UInt64 = 0x6161_6161_6161_6161
            for index in indices { word = word << 8 | UInt64(self[index]) }
            return isWhole(word)
        }
        var index = 0
        while index < count - 8 {
            guard isWhole(word(at: index)) else { return false }
            index += 8
        }
        return isWhole(word(at: count - 8))
    }

    /// Whether these bytes spell a text, so that a `switch` over bytes can have string literals as its cases.
    @inlinable
    package static func ~= (text: StaticString, bytes: Span<UInt8>) -> Bool {
        guard text.utf8CodeUnitCount == bytes.count else { return false }
        return text.withUTF8Buffer { bytes.isEqual(to: unsafe $0.span) }
    }

    /// Whether these bytes equal others.
    @usableFromInline
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe other.withUnsafeBytes { other in
                guard let left = bytes.baseAddress, let right = other.baseAddress else { return true }
                return unsafe memcmp(left, right, bytes.count) == 0
            }
        }
    }

    /// The number of bytes, two to four, of the character at an offset, by the table of RFC 3629 §4; `nil` if it is invalid.
    func multibyteCharacterLength(at index: Int) -> Int? {
        let length: Int
        let second: ClosedRange<UInt8>
        switch self[index] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard index + length <= count, second ~= self[index + 1],
            length < 3 || self[index + 2] & 0xC0 == 0x80,
            length < 4 || self[index + 3] & 0xC0 == 0x80
        else { return nil }
        return length
    }

    /// A copy of these bytes.
    package var data: Data {
        unsafe withUnsafeBufferPointer { unsafe Data($0) }
    }
}

extension UInt64 {
    /// The high bit of each byte.
    fileprivate static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Sets the high bit of each byte that is in a range, if all bytes are below 128.
    @inline(__always)
    fileprivate func ascii(_ range: ClosedRange<UInt8>) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let isAtLeast = self &+ ones &* UInt64(0x80 - range.lowerBound)
        let isAbove = self &+ ones &* UInt64(0x7F - range.upperBound)
        return isAtLeast & ~isAbove
    }

    /// The number that eight hexadecimal digits in ASCII spell, with the first one in the highest byte; `nil` for anything
    /// else.
    package var hexadecimalDigitsValue: UInt64? {
        let lowercase = self | 0x2020_2020_2020_2020
        let areDigits = ascii(UInt8(ascii: "0")...UInt8(ascii: "9"))
        let areLetters = lowercase.ascii(UInt8(ascii: "a")...UInt8(ascii: "f"))
        guard self & Self.highBits == 0, (areDigits | areLetters) & Self.highBits == Self.highBits else { return nil }
        // Only letters have the bit of 64, and their lower four bits begin with 1 for A.
        var value = (self & 0x0F0F_0F0F_0F0F_0F0F) + (self >> 6 & 0x0101_0101_0101_0101) * 9
        value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
        value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
        return (value | value >> 16) & 0xFFFF_FFFF
    }
}

extension UInt8 {
    /// Whether this is an ASCII digit.
    @inlinable package var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// Whether this is a space or a tab.
    @inlinable package var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    /// The value of a hexadecimal digit in ASCII, in either case.
    @inlinable package var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The value of a hexadecimal digit in ASCII, in lower case.
    @inlinable package var lowercaseHexDigitValue: UInt8? {
        UInt8(ascii: "A")...UInt8(ascii: "F") ~= self ? nil : hexDigitValue
    }

    /// The hexadecimal digit of a value below 16.
    @inlinable package static func hexDigit(_ value: UInt8, uppercase: Bool = false) -> UInt8 {
        switch value {
        case ..<10: UInt8(ascii: "0") + value
        default: (uppercase ? UInt8(ascii: "A") : UInt8(ascii: "a")) + (value - 10)
        }
    }
}

extension String {
    /// Two hexadecimal digits for each byte.
    package init(hexadecimal bytes: some Collection<UInt8>, uppercase: Bool = false) {
        unsafe self.init(unsafeUninitializedCapacity: bytes.count * 2) { digits in
            var index = 0
            for byte in bytes {
                unsafe digits[index] = .hexDigit(byte >> 4, uppercase: uppercase)
                unsafe digits[index + 1] = .hexDigit(byte & 15, uppercase: uppercase)
                index += 2
            }
            return index
        }
    }
}
