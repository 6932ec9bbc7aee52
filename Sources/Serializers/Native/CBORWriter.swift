package import Foundation

/// Writes CBOR items one after the other, in the deterministic encoding of RFC 8949 §4.2.1: with the shortest heads and
/// floats, and definite lengths.
///
/// The caller decides the order of members in maps.
package struct CBORWriter: ~Copyable {
    private var output: ByteWriter

    /// Makes a writer.
    package init(capacity: Int = 256) {
        output = ByteWriter(capacity: capacity)
    }

    /// The number of bytes so far.
    package var count: Int { output.count }

    /// Returns the bytes and leaves the writer empty.
    package mutating func take() -> Data { output.take() }

    /// Writes null.
    package mutating func writeNull() { output.append(0xF6) }

    /// Writes a Boolean value.
    package mutating func write(_ value: Bool) { output.append(value ? 0xF5 : 0xF4) }

    /// Writes a whole number.
    package mutating func write(_ value: Int) {
        if value >= 0 {
            writeHead(.unsignedInteger, UInt64(value))
        } else {
            writeHead(.negativeInteger, UInt64(~value))
        }
    }

    /// Writes a whole number, as a bignum (§3.4.3) if it needs more than 64 bits.
    package mutating func write(_ value: Int128) {
        let magnitude = UInt128(value >= 0 ? value : ~value)
        if let argument = UInt64(exactly: magnitude) {
            writeHead(value >= 0 ? .unsignedInteger : .negativeInteger, argument)
        } else {
            writeTag(value >= 0 ? 2 : 3)
            let length = (128 - magnitude.leadingZeroBitCount + 7) / 8
            writeBytesHeader(count: length)
            for index in (0..<length).reversed() {
                output.append(UInt8(truncatingIfNeeded: magnitude >> (8 * index)))
            }
        }
    }

    /// Writes a float in the shortest width that has its value.
    package mutating func write(_ value: Double) {
        if let half = value.halfBits {
            output.append(0xF9)
            output.append(bigEndian: half)
        } else if Double(Float(value)) == value {
            output.append(0xFA)
            output.append(bigEndian: Float(value).bitPattern)
        } else {
            output.append(0xFB)
            output.append(bigEndian: value.bitPattern)
        }
    }

    /// Writes text.
    package mutating func write(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            writeHead(.textString, UInt64(utf8.count))
            unsafe output.append(utf8.span)
        }
    }

    /// Writes a byte string.
    package mutating func write(_ value: Data) {
        writeBytesHeader(count: value.count)
        output.append(value)
    }

    /// Writes the start of an array; its elements follow.
    package mutating func writeArrayHeader(count: Int) { writeHead(.array, UInt64(count)) }

    /// Writes the start of a map; its names and values follow in turn.
    package mutating func writeMapHeader(count: Int) { writeHead(.map, UInt64(count)) }

    /// Writes a tag; the tagged item follows.
    package mutating func writeTag(_ tag: UInt64) { writeHead(.tag, tag) }

    /// Writes the start of a byte string; the caller writes its bytes.
    package mutating func writeBytesHeader(count: Int) { writeHead(.byteString, UInt64(count)) }

    /// Writes the start of a byte string, always in nine bytes, so that the length can be set later.
    ///
    /// The result is well-formed, but not deterministic in the sense of §4.2.1.
    ///
    /// - Parameter count: The length, or zero while it is not known.
    /// - Returns: The offset of the length: eight bytes in big-endian order. See ``setCount(_:at:)``.
    package mutating func writeWideBytesHeader(count: Int = 0) -> Int {
        output.append(CBORReader.MajorType.byteString.rawValue << 5 | 27)
        output.append(bigEndian: UInt64(count))
        return output.count - 8
    }

    /// Sets the length of a wide header.
    ///
    /// - Parameters:
    ///   - count: The length.
    ///   - offset: The offset that ``writeWideBytesHeader(count:)`` returned.
    package mutating func setCount(_ count: Int, at offset: Int) {
        output.overwrite(at: offset, withBigEndian: UInt64(count))
    }

    @inline(__always)
    private mutating func writeHead(_ type: CBORReader.MajorType, _ argument: UInt64) {
        let type = type.rawValue << 5
        switch argument {
        case 0..<24:
            output.append(type | UInt8(argument))
        case 24...0xFF:
            output.append(type | 24)
            output.append(UInt8(argument))
        case 0x100...0xFFFF:
            output.append(type | 25)
            output.append(bigEndian: UInt16(argument))
        case 0x10000...0xFFFF_FFFF:
            output.append(type | 26)
            output.append(bigEndian: UInt32(argument))
        default:
            output.append(type | 27)
            output.append(bigEndian: argument)
        }
    }
}
