import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

@Suite("XXH64")
struct ChecksumTests {
    @Test(
        "Checksums equal the published values",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999 as UInt64),
            ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ]
    )
    func matchesPublishedValues(text: String, value: UInt64) {
        #expect(Checksum(of: Data(text.utf8)).value == value)
    }

    @Test("Every bit changes the checksum, for each length up to 100")
    func seesEveryBit() {
        for count in 0...100 {
            let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) })
            let checksum = Checksum(of: bytes)
            for index in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[index] ^= 1 << bit
                    #expect(Checksum(of: changed) != checksum)
                }
            }
        }
    }

    @Test("Bytes in pieces have the same checksum as at once")
    func addsUp() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let bytes = Data((0..<Int.random(in: 0...300, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* 37) })
            var hasher = ChecksumHasher()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(rest.count, 70), using: &random)
                hasher.update(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(hasher.checksum == Checksum(of: bytes))
        }
    }

    @Test("The text form has 16 digits and reads back", arguments: [0, 1, 0xFFFF, .max] as [UInt64])
    func readsBack(value: UInt64) {
        let checksum = Checksum(value)
        #expect(checksum.description.utf8.count == 16)
        #expect(checksum.tagged == "xxh64:\(checksum)")
        #expect(Checksum(tagged: checksum.tagged) == checksum)
        for other in ["", "xxh64:", "xyz", checksum.description, "md5:\(checksum)", "xxh64:\(checksum)0"] {
            #expect(Checksum(tagged: other) == nil)
        }
    }
}
