import Foundation
import TestSupport
import Testing

@testable import FSCache

/// Content in the store.
///
/// Damage is detected when the last byte is read.
private final class Stored: StoredContent {
    struct Damage: Error {}

    private let bytes: Data
    private let isDamaged: Bool

    init(_ text: String, isDamaged: Bool = false) {
        (bytes, self.isDamaged) = (Data(text.utf8), isDamaged)
    }

    var byteCount: Int { bytes.count }

    func chunks(of range: Range<Int>) -> MessageBody.Iterator {
        var rest = bytes[range]
        return MessageBody.Iterator { [isDamaged] in
            if rest.isEmpty, isDamaged, range.upperBound == self.bytes.count { throw Damage() }
            defer { rest = rest.dropFirst(3) }
            return rest.isEmpty ? nil : rest.prefix(3)
        }
    }
}

private func stream(_ chunks: String..., byteCount: Int? = nil) -> MessageBody {
    let (stream, continuation) = AsyncStream.makeStream(of: Data.self)
    for chunk in chunks { continuation.yield(Data(chunk.utf8)) }
    continuation.finish()
    return MessageBody(stream, byteCount: byteCount)
}

private func bytes(_ text: String) -> MessageBody { MessageBody(Data(text.utf8)) }

/// Reads until the end or an error.
private func read(_ body: MessageBody) async -> (text: String, error: (any Error)?) {
    var received = Data()
    do {
        for try await chunk in body { received += chunk }
        return (String(decoding: received, as: UTF8.self), nil)
    } catch {
        return (String(decoding: received, as: UTF8.self), error)
    }
}

@Suite("Message body")
struct MessageBodyTests {
    @Test("Every form gives its bytes and its length, and only a stream can't be read twice")
    func forms() async throws {
        let forms = [bytes("content"), MessageBody(Stored("content")), stream("con", "tent", byteCount: 7)]
        for body in forms {
            #expect(body.byteCount == 7)
            #expect(try await body.collect() == Data("content".utf8))
            if !body.isStream { #expect(await read(body).text == "content") }
        }
        #expect(forms.map(\.isStream) == [false, false, true])
        #expect(forms.map(\.bytes) == [Data("content".utf8), nil, nil])
        #expect(stream("a").byteCount == nil)
    }

    @Test("An empty body has no chunk")
    func empty() async throws {
        for body in [MessageBody.empty, bytes(""), MessageBody(Stored("")), stream(byteCount: 0)] {
            var iterator = body.makeAsyncIterator()
            #expect(try await iterator.next() == nil)
            #expect(try await iterator.next() == nil)
            #expect(body.byteCount == 0)
        }
    }

    @Test("Collecting a failing stream throws its error")
    func failing() async {
        struct Failure: Error {}
        let body = MessageBody(AsyncThrowingStream<Data, any Error> { $0.finish(throwing: Failure()) })
        await #expect(throws: Failure.self) { try await body.collect() }
    }

    @Test("Parts of parts have the right bytes; a stream has no parts")
    func parts() async throws {
        for body in [
            bytes("0123456789"), MessageBody(Data("..0123456789".utf8).dropFirst(2)), MessageBody(Stored("0123456789")),
        ] {
            let part = try #require(body.part(2..<9))
            #expect(part.byteCount == 7)
            #expect(await read(part).text == "2345678")
            let inner = try #require(part.part(1..<3))
            #expect(await read(inner).text == "34")
            let none = try #require(part.part(7..<7))
            #expect(await read(none).text.isEmpty)
        }
        #expect(stream("a", byteCount: 1).part(0..<1) == nil)
    }

    @Test("Bytes equal the same bytes; stored content and streams only equal themselves")
    func equality() {
        #expect(bytes("a") == bytes("a") && bytes("a") != bytes("b"))
        let (content, other) = (Stored("ab"), Stored("ab"))
        #expect(MessageBody(content) == MessageBody(content) && MessageBody(content) != MessageBody(other))
        #expect(MessageBody(content).part(0..<1) == MessageBody(content).part(0..<1))
        #expect(MessageBody(content).part(0..<1) != MessageBody(content).part(1..<2))
        let (one, two) = (stream("a"), stream("a"))
        #expect(one == one && one != two && bytes("ab") != MessageBody(content) && one != bytes("a"))
    }

    @Test("A body is small: it is copied on every hit")
    func size() {
        #expect(MemoryLayout<MessageBody>.size <= MemoryLayout<Data>.size + 1)
    }
}

@Suite("Joined and clipped bodies")
struct JoinedBodyTests {
    @Test("Bodies of every form are joined in order")
    func joined() async throws {
        let parts = [bytes("one "), .empty, MessageBody(Stored("two ")), stream("th", "ree"), .empty]
        let body = MessageBody.joined(parts, byteCount: 13)
        #expect(body.byteCount == 13)
        #expect(try await body.collect() == Data("one two three".utf8))
        #expect(try await MessageBody.joined([bytes("a"), stream("b")], byteCount: 2).collect() == Data("ab".utf8))
        #expect(try await MessageBody.joined([.empty, stream()], byteCount: 0).collect().isEmpty)
        #expect(try await MessageBody.joined([], byteCount: 0).collect().isEmpty)
    }

    @Test("A byte too many is an error before it is returned")
    func tooLong() async {
        let (text, error) = await read(.joined([bytes("ab"), stream("c", "de"), bytes("f")], byteCount: 4))
        #expect(text == "abc")
        #expect((error as? FSCacheError)?.code == .invalidResponse)
    }

    @Test("A byte too few is an error at the end")
    func tooShort() async {
        for parts in [[bytes("ab"), stream("c")], [], [MessageBody(Stored("abc"))]] {
            let (_, error) = await read(.joined(parts, byteCount: 4))
            #expect((error as? FSCacheError)?.code == .incompleteResponse)
        }
    }

    @Test("An error in one of the bodies is thrown after the bytes before it")
    func damageInPart() async {
        let (text, error) = await read(
            .joined([MessageBody(Stored("abc", isDamaged: true)), bytes("d")], byteCount: 4)
        )
        #expect(text == "abc" && error is Stored.Damage)
    }

    @Test(
        "Clipping at any two ends gives the bytes between them",
        arguments: [0..<0, 0..<1, 0..<10, 1..<9, 2..<3, 3..<6, 4..<5, 9..<10, 10..<10, 0..<9, 1..<10]
    )
    func clipped(range: Range<Int>) async throws {
        let text = "0123456789"
        let forms = [bytes(text), MessageBody(Stored(text)), stream("", "0123", "4", "", "56789", byteCount: 10)]
        for body in forms {
            let clipped = body.clipped(to: range)
            #expect(clipped.byteCount == range.count)
            #expect(try await clipped.collect() == Data(text.utf8)[range])
        }
    }

    @Test("Damage at the end of the content is detected even if only its beginning is requested")
    func damageBehindClip() async {
        let damaged = MessageBody(Stored("0123456789", isDamaged: true))
        for (range, expected) in [(0..<2, "01"), (0..<10, "0123456789"), (8..<10, "89")] {
            let (text, error) = await read(damaged.clipped(to: range))
            #expect(text == expected && error is Stored.Damage)
        }
        #expect(await read(damaged.clipped(to: 3..<3)).error == nil)
    }
}
