extension JSONScanner {
    /// Steps over a string, a number or a literal in text that has been checked before.
    @inline(__always)
    mutating func skipCheckedScalar(in text: Span<UInt8>) {
        if text[offset] == UInt8(ascii: "\"") {
            skipCheckedString(in: text)
        } else {
            repeat { offset += 1 } while offset < text.count && !text[offset].endsJSONScalar
        }
    }

    /// Steps over a string in text that has been checked before: only its end is looked for.
    @inline(__always)
    mutating func skipCheckedString(in text: Span<UInt8>) {
        var end = offset + 1
        while true {
            while end + 8 <= text.count {
                let found = text.word(at: end).quotesAndBackslashes
                end += found.trailingZeroBitCount >> 3
                if found != 0 { break }
            }
            let byte = text[end]
            end += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        offset = end
    }
}

extension UInt64 {
    /// Marks the lowest of eight bytes that is a quote or a backslash, by its high bit; zero when there is none.
    @inline(__always)
    fileprivate var quotesAndBackslashes: UInt64 {
        let quotes = self ^ 0x2222_2222_2222_2222
        let backslashes = self ^ 0x5C5C_5C5C_5C5C_5C5C
        let low: UInt64 = 0x0101_0101_0101_0101
        return ((quotes &- low) & ~quotes | (backslashes &- low) & ~backslashes) & 0x8080_8080_8080_8080
    }
}

extension UInt8 {
    /// Whether a number or literal ends before this byte.
    @inline(__always)
    fileprivate var endsJSONScalar: Bool {
        self == UInt8(ascii: ",") || self == UInt8(ascii: "]") || self == UInt8(ascii: "}") || isJSONWhitespace
    }
}
