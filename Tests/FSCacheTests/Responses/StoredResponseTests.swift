import Foundation
import HTTPTypes
import Serializers
import Synchronization
import Testing

@testable import FSCache

@Suite("Stored responses as values")
struct StoredResponseTests {
    @Test("Changing a copy leaves the original unchanged, and responses compare equal regardless of how they were made")
    func copies() throws {
        let original = StoredResponse.sample(.text("text", "the quick brown fox"))
        let bytes = try original.encoded(with: .native, for: .sample)
        let read = try ResponseCache.decode(EncodedEntry(bytes: bytes, fileExtension: "cbor"))
        #expect(read == original)

        var copy = read
        copy.status = .notFound
        copy.headerFields[.age] = "1"
        copy.request.headerFields[.userAgent] = "test"
        copy.body.append(0)
        #expect(read == original)
        #expect(copy != original)
        #expect(copy.headerFields[.age] == "1")
        #expect(copy.request.headerFields[.userAgent] == "test")
    }

    @Test("Without its body a response no longer holds on to the entry that it was read from")
    func releasesEntry() throws {
        let sample = StoredResponse.sample(.text("text", "the quick brown fox"))
        let encoded = try sample.encoded(with: .native, for: .sample)
        let isReleased = IsReleased()
        var response = try ResponseCache.decode(
            EncodedEntry(bytes: isReleased.telling(of: encoded), fileExtension: "cbor")
        )
        #expect(!isReleased.value.withLock { $0 })
        response.removeContent()
        #expect(isReleased.value.withLock { $0 })
        #expect(response.headerFields == sample.headerFields)
        #expect(response.request.headerFields == sample.request.headerFields)
        #expect(response.body.isEmpty)
    }
}

/// Whether bytes have been deallocated.
private final class IsReleased: Sendable {
    let value = Mutex(false)

    /// A copy of the bytes in separate memory.
    func telling(of bytes: Data) -> Data {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        unsafe copy.copyBytes(from: bytes)
        guard let address = copy.baseAddress else { return bytes }
        return unsafe Data(
            bytesNoCopy: address,
            count: copy.count,
            deallocator: .custom { address, _ in
                unsafe address.deallocate()
                self.value.withLock { $0 = true }
            }
        )
    }
}
