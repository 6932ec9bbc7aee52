import TestSupport
import Testing

@testable import Serializers

@Suite("Checking bytes by words")
struct SpanBytesTests {
    @Test(
        "Visible ASCII characters and spaces are distinguished from all other bytes, in every position",
        arguments: [1, 7, 8, 9, 16, 23]
    )
    func printableASCII(count: Int) {
        for octet in UInt8.min...UInt8.max {
            for index in 0..<count {
                var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: count)
                bytes[index] = octet
                #expect(bytes.span.isPrintableASCII == (0x20...0x7E ~= octet), "\(octet) at \(index)")
            }
        }
    }

    @Test(
        "Letters, digits and hyphens are distinguished from all other bytes, in every position",
        arguments: [1, 7, 8, 9, 16, 23]
    )
    func alphanumericOrHyphen(count: Int) {
        let expected = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-".utf8)
        for octet in UInt8.min...UInt8.max {
            for index in 0..<count {
                var bytes = [UInt8](repeating: UInt8(ascii: "-"), count: count)
                bytes[index] = octet
                #expect(bytes.span.isAlphanumericOrHyphen == expected.contains(octet), "\(octet) at \(index)")
            }
        }
    }
}
