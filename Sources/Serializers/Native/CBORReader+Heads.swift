extension CBORReader {
    /// Reads the start of an item.
    @inline(__always)
    mutating func readHead(in bytes: Span<UInt8>) throws(SerializationError) -> Head {
        guard offset < bytes.count else { throw endOfBytes() }
        let first = bytes[offset]
        let information = first & 0x1F
        // There is a kind for each of the eight values.
        let type = MajorType(rawValue: first >> 5) ?? .simpleOrFloat
        if information < 24 {
            offset += 1
            return Head(type: type, information: information, argument: UInt64(information))
        }
        return try readLongHead(type, information, in: bytes)
    }

    @inline(never)
    private mutating func readLongHead(
        _ type: MajorType,
        _ information: UInt8,
        in bytes: Span<UInt8>
    ) throws(SerializationError) -> Head {
        // Most lengths that don't fit into the first byte fit into the second one.
        if information == 24, type == .textString, offset + 1 < bytes.count {
            offset += 2
            return Head(type: type, information: information, argument: UInt64(bytes[offset - 1]))
        }
        let width: Int
        switch information {
        case 24: width = 1
        case 25: width = 2
        case 26: width = 4
        case 27: width = 8
        case 31 where type != .unsignedInteger && type != .negativeInteger && type != .tag: width = 0
        default: throw malformed("the byte 0x\(String(bytes[offset], radix: 16)) can't start an item")
        }
        guard width < bytes.count - offset else { throw endOfBytes() }
        var argument: UInt64 = 0
        if width == 8 {
            argument = bytes.word(at: offset + 1).byteSwapped
        } else {
            for index in (offset + 1)..<(offset + 1 + width) { argument = argument << 8 | UInt64(bytes[index]) }
        }
        if type == .simpleOrFloat, information == 24, argument < 32 {
            throw malformed("a simple value below 32 must be encoded in one byte")
        }
        offset += 1 + width
        return Head(type: type, information: information, argument: argument)
    }

    /// Reads the start of an item of one kind; the offset stays unchanged if the item is of another kind.
    @inline(__always)
    mutating func readHead(
        _ type: MajorType,
        _ message: StaticString,
        in bytes: Span<UInt8>
    ) throws(SerializationError) -> Head {
        let start = offset
        let head = try readHead(in: bytes)
        guard head.type == type else {
            offset = start
            throw malformed("\(message)")
        }
        return head
    }

    /// Reads the start of one of the pieces of a string of indefinite length (RFC 8949 §3.2.3).
    mutating func readChunkHead(_ type: MajorType, in bytes: Span<UInt8>) throws(SerializationError) -> Head {
        let start = offset
        let head = try readHead(in: bytes)
        guard head.type == type, !head.isIndefinite else {
            offset = start
            throw malformed("expected another piece of the string")
        }
        return head
    }

    /// Skips the contents of a string.
    @inline(__always)
    mutating func contents(_ head: Head, in bytes: Span<UInt8>) throws(SerializationError) -> Range<Int> {
        guard head.argument <= UInt64(bytes.count - offset) else {
            throw malformed("the string declares \(head.argument) bytes, but there are \(bytes.count - offset)")
        }
        let start = offset
        offset += Int(head.argument)
        return start..<offset
    }

    @inline(__always)
    mutating func text(_ head: Head, in bytes: Span<UInt8>) throws(SerializationError) -> String {
        let start = offset
        let contents = bytes.extracting(try contents(head, in: bytes))
        guard let text = contents.validatedString else {
            offset = start
            throw malformed("the text is not in UTF-8")
        }
        return text
    }

    /// The number of elements that an array or map declares, if enough bytes remain.
    @inline(__always)
    func count(_ head: Head, minimumSize: Int, in bytes: Span<UInt8>) throws(SerializationError) -> Int? {
        if head.isIndefinite { return nil }
        guard head.argument <= UInt64((bytes.count - offset) / minimumSize) else {
            throw malformed("\(head.argument) elements are declared, but there are too few bytes")
        }
        return Int(head.argument)
    }

    func refuseBreak(_ head: Head) throws(SerializationError) {
        if head.isIndefinite { throw malformed("unexpected end of an array, map or string") }
    }

    @inline(__always)
    func enter(_ remainingDepth: Int) throws(SerializationError) {
        guard remainingDepth > 0 else {
            throw SerializationError(
                .limitExceeded,
                "items nest deeper than \(Document.maximumDepth) levels",
                position: .init(offset: offset)
            )
        }
    }

    /// The error for bytes that are invalid at the position.
    func malformed(_ message: String) -> SerializationError {
        SerializationError(.malformed, message, position: .init(offset: offset))
    }

    func endOfBytes() -> SerializationError {
        malformed("the bytes end in the middle of an item")
    }
}

extension CBORReader.Head {
    /// The value of a float of any width; `nil` for a simple value.
    var float: Double? {
        switch information {
        case 25: Double(halfBits: UInt16(truncatingIfNeeded: argument))
        case 26: Double(Float(bitPattern: UInt32(truncatingIfNeeded: argument)))
        case 27: Double(bitPattern: argument)
        default: nil
        }
    }
}

// `Float16` is not available on every platform, and sixteen bits are easy to decode.

extension Double {
    /// Decodes a half-precision float (RFC 8949 appendix D).
    init(halfBits bits: UInt16) {
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF)
        let magnitude =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? Double.infinity : .nan
            default: (fraction + 1024) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        self = bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// The bits of the half-precision float with exactly this value; `nil` if there is none, and one NaN for all NaNs.
    var halfBits: UInt16? {
        if isNaN { return 0x7E00 }
        let sign: UInt16 = self.sign == .minus ? 0x8000 : 0
        if isInfinite { return sign | 0x7C00 }
        if self == 0 { return sign }
        // Numbers below 2⁻¹⁴ are subnormal: they share the smallest exponent and have fewer digits.
        let exponent = max(Int(self.exponent), -14)
        guard exponent <= 15 else { return nil }
        let scaled = abs(self) * Double(sign: .plus, exponent: 10 - exponent, significand: 1)
        guard let fraction = UInt16(exactly: scaled) else { return nil }
        return sign | (fraction < 1024 ? fraction : UInt16(exponent + 15) << 10 | fraction & 0x3FF)
    }
}
