package import Foundation

/// Writes the gzip format (RFC 1952) with stored blocks, which every decoder must read.
package enum Gzip {
    /// Wraps bytes.
    package static func compress(_ bytes: Data) -> Data {
        var output = Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            output.append(rest.isEmpty ? 1 : 0)
            append(UInt16(block.count), to: &output)
            append(~UInt16(block.count), to: &output)
            output += block
        } while !rest.isEmpty
        append(checksum(bytes), to: &output)
        append(UInt32(truncatingIfNeeded: bytes.count), to: &output)
        return output
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to output: inout Data) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            output.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }

    private static func checksum(_ bytes: Data) -> UInt32 {
        var checksum = UInt32.max
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 {
                checksum = checksum & 1 == 1 ? (checksum >> 1) ^ 0xedb8_8320 : checksum >> 1
            }
        }
        return ~checksum
    }
}
