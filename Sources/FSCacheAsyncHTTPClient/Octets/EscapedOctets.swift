#if AsyncHTTPClient
/// Bytes outside ASCII inside of strings.
///
/// NIO makes strings of header fields, as if they were UTF-8, and loses what is not. So each such byte is replaced by a
/// character of its own, from Unicode's private use area, before NIO sees it, and put back afterwards.
package enum EscapedOctets {
    /// Makes a string in which each byte outside ASCII is a character of its own.
    package static func escape(_ bytes: some Sequence<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(byte < 0x80 ? Unicode.Scalar(byte) : scalar(for: byte)) }
        return String(scalars)
    }

    /// Puts the bytes back.
    package static func unescape(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if let byte = byte(of: scalar) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    /// Whether a string has characters that ``unescape(_:)`` would turn into bytes.
    package static func isFound(in text: String) -> Bool {
        text.unicodeScalars.contains { byte(of: $0) != nil }
    }

    private static func scalar(for byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(0xf700 | UInt16(byte)) ?? Unicode.Scalar(byte)
    }

    private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        (0xf780...0xf7ff).contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
    }
}
#endif
