#if BSON
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// Reading any bytes ends soon, with a document or with an error and its position.
///
/// A view, which skips unused values, gives the same document and rejects the same bytes.
struct BSONHostileInputTests {
    private typealias Fixture = BSONFixture

    /// Every type of BSON, some of them nested.
    private static let sample: [UInt8] = {
        let elements = BSONReadingTests.types.map { Fixture.element($0.0, $0.1) }
        let inner = Fixture.frame(Array(elements.prefix(8).joined()))
        return Fixture.frame(Fixture.element(0x03, inner) + Fixture.element(0x04, inner) + elements.joined())
    }()

    @discardableResult
    private func read(_ bytes: some Sequence<UInt8>) -> SerializationError? {
        let data = Data(bytes)
        let seen = try? BSONSerializer().read(SeenDocument.self, from: data)
        do {
            let document = try BSONSerializer().document(from: data)
            #expect(seen?.isSeen == true && seen?.isSame(as: document) == true)
            return nil
        } catch let error as SerializationError {
            #expect(seen == nil)
            #expect(error.code == .malformed || error.code == .limitExceeded)
            #expect(error.position.map { 0...data.count ~= $0.offset } == true)
            return error
        } catch {
            Issue.record("an error of another kind: \(error)")
            return nil
        }
    }

    @Test("No prefix is read as a document")
    func prefixes() {
        #expect(read(Self.sample) == nil)
        for count in Self.sample.indices {
            #expect(read(Self.sample.prefix(count))?.code == .malformed)
            // Also with a matching length.
            var bytes = Array(Self.sample.prefix(count))
            if count >= 4 { bytes.replaceSubrange(0..<4, with: Fixture.int32(count)) }
            read(bytes)
        }
    }

    @Test("A document with any byte changed is read or refused")
    func changedBytes() {
        var bytes = Self.sample
        for index in bytes.indices {
            let original = bytes[index]
            for value in [0, 0xFF, original &+ 1, original &- 1] + (0..<8).map({ original ^ 1 << $0 }) {
                bytes[index] = value
                read(bytes)
            }
            bytes[index] = original
        }
    }

    @Test(
        "Documents with wrong lengths are read or rejected",
        arguments: [-1, 0, 1, 4, 5, 127, 65536, 1 << 31 - 1, 1 << 31]
    )
    func lyingLengths(_ length: Int) {
        for index in 0..<(Self.sample.count - 4) {
            var bytes = Self.sample
            bytes.replaceSubrange(index..<(index + 4), with: Fixture.int32(length))
            read(bytes)
        }
    }

    @Test("Elements of random bytes are read or refused", arguments: 1...20 as ClosedRange<UInt64>)
    func randomElements(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let types = BSONReadingTests.types.map(\.0)
        for _ in 0..<500 {
            let elements = (0..<Int.random(in: 1...4, using: &random)).flatMap { _ in
                let bytes = (0..<Int.random(in: 0...40, using: &random)).map { index in
                    UInt8.random(in: 0...(index < 4 && index > 0 ? 1 : 255), using: &random)
                }
                return Fixture.element(types.randomElement(using: &random) ?? 0, bytes)
            }
            read(Fixture.frame(elements))
        }
    }

    @Test("Nesting of a hundred thousand levels is refused", arguments: [0x03, 0x04, 0x0F] as [UInt8])
    func deepNesting(_ type: UInt8) throws {
        // First the bytes that open the levels, then those that close them.
        let levels = 100_000
        let bytesPerLevel = type == 0x0F ? 17 : 8
        var bytes: [UInt8] = []
        for level in 0..<levels {
            let length = 5 + (levels - level) * bytesPerLevel
            bytes += Fixture.int32(length) + [type, 0x61, 0]
            if type == 0x0F { bytes += Fixture.int32(length - 8) + Fixture.text("") }
        }
        bytes += Fixture.int32(5) + [UInt8](repeating: 0, count: levels + 1)
        #expect(bytes.count == 5 + levels * bytesPerLevel)
        #expect(try #require(read(bytes)).code == .limitExceeded)
    }
}
#endif
