import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Transport failures", .timeLimit(.minutes(2)))
struct TransportFailureTests {
    /// Bodies that end early, and the bytes before that.
    static let early: [(name: String, answer: Origin.Response, readable: String?)] = [
        ("short", .init(framing: .declaredLength(10), content: [.send(Data("abc".utf8)), .close]), "abc"),
        ("empty", .init(framing: .declaredLength(10), content: [.close]), ""),
        ("no last chunk", .init(framing: .chunked, content: [.send(Data("abc".utf8)), .close]), "abc"),
        (
            "chunk cut short",
            .init(framing: .chunked, content: [.send(Data("abc".utf8)), .sendRaw(Data("9\r\nde".utf8)), .close]),
            "abcde"
        ),
        (
            "invalid chunk size",
            .init(framing: .chunked, content: [.send(Data("abc".utf8)), .sendRaw(Data("zz\r\nde".utf8)), .close]), "abc"
        ),
        ("reset", .init(framing: .declaredLength(10), content: [.send(Data("abc".utf8)), .reset]), nil),
        (
            "coded content cut short",
            .init(
                fields: ["Content-Encoding": "gzip"],
                framing: .chunked,
                content: [.send(Gzip.compress(Data("abc".utf8)).dropLast(6)), .close]
            ), nil
        ),
        (
            "invalid coded content",
            .init(fields: ["Content-Encoding": "gzip"], framing: .length, content: [.send(Data("no gzip".utf8))]), nil
        ),
    ]

    @Test("A body that ends early throws", arguments: TransportUnderTest.all, early.map(\.name))
    func truncation(_ transport: TransportUnderTest, name: String) async throws {
        let example = try #require(Self.early.first { $0.name == name })
        if name == "invalid coded content", transport.limits.contains(.leavesContentCoding) {
            try Test.cancel("It does not look into coded content.")
        }
        let headSeen = Gate()
        var answer = example.answer
        answer.content.insert(.wait(headSeen), at: 0)
        try await withOrigin({ [answer] _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            headSeen.open()
            let (bytes, failure) = await readToFailure(response.body)
            #expect((failure as? FSCacheError)?.code == .incompleteResponse, "\(String(describing: failure))")
            if let readable = example.readable {
                let text = String(decoding: bytes, as: UTF8.self)
                let mayLose = transport.limits.contains(.losesContentBeforeFailure)
                #expect(mayLose ? readable.hasPrefix(text) : text == readable)
            }
            #expect(origin.requests.count == 1)
        }
    }

    @Test("A failed body fails again when it is read again", arguments: TransportUnderTest.all)
    func failureLasts(_ transport: TransportUnderTest) async throws {
        let answer = Origin.Response(framing: .declaredLength(10), content: [.send(Data("abc".utf8)), .close])
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            _ = await readToFailure(response.body)
            let again = await readToFailure(response.body)
            #expect((again.failure as? FSCacheError)?.code == .incompleteResponse)
        }
    }

    @Test("A connection without a response throws, and the request is sent once", arguments: TransportUnderTest.all)
    func noResponse(_ transport: TransportUnderTest) async throws {
        let preludes: [String: [Origin.Response.Step]] = [
            "/close": [.close], "/reset": [.reset], "/garbage": [.sendRaw(Data("garbage\r\n\r\n".utf8)), .close],
            "/early": [.sendRaw(Data("HTTP/1.1 103 Early Hints\r\n\r\n".utf8)), .close],
        ]
        try await withOrigin({ request in
            var response = Origin.Response(framing: .none, content: [])
            response.prelude = preludes[request.path] ?? []
            return response
        }) { origin in
            let transport = transport.make()
            for target in preludes.keys {
                await #expect(throws: (any Error).self, "\(target)") {
                    try await transport.send(.post, target, of: origin, body: MessageBody(Data("x".utf8)))
                }
                #expect(origin.count(target) == 1, "\(target)")
            }
        }
    }

    @Test("A head that is too large throws, and the message of URLSession says so", arguments: TransportUnderTest.all)
    func largeHead(_ transport: TransportUnderTest) async throws {
        var answer = Origin.Response(framing: .length, content: [.send(Data("x".utf8))])
        answer.fields.add("X-Large", String(repeating: "x", count: 300_000))
        try await withOrigin({ [answer] _ in answer }) { origin in
            let error = await #expect(throws: (any Error).self) {
                try await transport.make().send(.get, "/", of: origin)
            }
            // Of the transports, this one is URLSession on Linux.
            if transport.limits.contains(.trapsOnBrokenResponses) {
                #expect((error as? FSCacheError)?.code == .invalidResponse)
                #expect((error as? FSCacheError)?.message.contains("too large") == true, "\(String(describing: error))")
            }
        }
    }

    @Test("An origin that can't be reached throws", arguments: TransportUnderTest.all)
    func refused(_ transport: TransportUnderTest) async throws {
        let origin = try Origin()
        origin.stop()
        await #expect(throws: (any Error).self) { try await transport.make().send(.get, "/", of: origin) }
    }

    @Test("Cancelling the wait for the head closes the connection", arguments: TransportUnderTest.all)
    func cancelHead(_ transport: TransportUnderTest) async throws {
        let (asked, closed) = (Gate(), Gate())
        var answer = Origin.Response.never(closed: closed)
        answer.prelude.insert(.open(asked), at: 0)
        try await withOrigin({ [answer] _ in answer }) { origin in
            let task = Task { _ = try await transport.make().send(.get, "/", of: origin) }
            await asked.opened()
            task.cancel()
            await closed.opened()
            await transport.expectCancellation(of: task)
        }
    }

    @Test("Cancelling the task that reads the body closes the connection", arguments: TransportUnderTest.all)
    func cancelBody(_ transport: TransportUnderTest) async throws {
        let (firstSeen, closed) = (Gate(), Gate())
        let answer = Origin.Response(
            framing: .chunked,
            content: [.send(Data("first".utf8)), .waitForClientToClose(closed), .close]
        )
        try await withOrigin({ _ in answer }) { origin in
            let task = Task {
                for try await _ in try await transport.make().send(.get, "/", of: origin).body { firstSeen.open() }
            }
            await firstSeen.opened()
            task.cancel()
            await closed.opened()
            await transport.expectCancellation(of: task)
        }
    }

    @Test("A request stream that fails fails the request", arguments: TransportUnderTest.all)
    func failingRequestBody(_ transport: TransportUnderTest) async throws {
        struct Failure: Error {}
        let stream = AsyncThrowingStream<Data, any Error> { continuation in
            continuation.yield(Data("first".utf8))
            continuation.finish(throwing: Failure())
        }
        try await withOrigin { origin in
            await #expect(throws: Failure.self) {
                try await transport.make().send(.post, "/echo", of: origin, body: MessageBody(stream))
            }
            #expect(origin.requests.isEmpty)
            if transport.limits.contains(.collectsRequestContent) { #expect(origin.connectionCount == 0) }
        }
    }

    @Test("Releasing the body closes the connection", arguments: TransportUnderTest.all, [false, true])
    func abandonBody(_ transport: TransportUnderTest, isBegun: Bool) async throws {
        let closed = Gate()
        let answer = Origin.Response(
            framing: .chunked,
            content: [.send(Data("first".utf8)), .waitForClientToClose(closed), .close]
        )
        try await withOrigin({ _ in answer }) { origin in
            let transport = transport.make()
            func begin() async throws {
                let response = try await transport.send(.get, "/", of: origin)
                guard isBegun else { return }
                for try await _ in response.body { break }
            }
            try await begin()
            await closed.opened()
        }
    }

    @Test("A task that is cancelled in advance sends nothing", arguments: TransportUnderTest.all)
    func cancelledBeforehand(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let (transport, begin) = (transport.make(), Gate())
            let task = Task {
                await begin.opened()
                return try await transport.send(.get, "/counter", of: origin)
            }
            task.cancel()
            begin.open()
            let result = await task.result
            #expect(throws: (any Error).self) { try result.get() }
            #expect(origin.requests.isEmpty)
        }
    }

    @Test(
        "Requests that are cancelled at any moment end once and don't affect others",
        arguments: TransportUnderTest.all
    )
    func cancelStorm(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let task = Task { try await transport.send(.get, "/bytes/100000", of: origin).body.collect() }
                        for _ in 0..<(number * 7 % 300) { await Task.yield() }
                        if number % 3 > 0 { task.cancel() }
                        switch await task.result {
                        case .success(let bytes): #expect(bytes.count == 100_000)
                        case .failure(let error): #expect(number % 3 > 0, "\(error)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("The second reader of a body gets an error, and the first gets all bytes", arguments: TransportUnderTest.all)
    func secondReader(_ transport: TransportUnderTest) async throws {
        let refused = Gate()
        let answer = Origin.Response(framing: .chunked, content: [.wait(refused), .send(Data("content".utf8))])
        try await withOrigin({ _ in answer }) { origin in
            let body = try await transport.make().send(.get, "/", of: origin).body
            let results = await withTaskGroup(of: (Data, (any Error)?).self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        let (bytes, failure) = await readToFailure(body)
                        if failure != nil { refused.open() }
                        return (bytes, failure)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.map { String(decoding: $0.0, as: UTF8.self) }.sorted() == ["", "content"])
            #expect(results.filter { $0.1 != nil }.count == 1)
        }
    }

    @Test("A body outlives its transport", arguments: TransportUnderTest.all)
    func bodyOutlivesTransport(_ transport: TransportUnderTest) async throws {
        let transportGone = Gate()
        let answer = Origin.Response(
            framing: .declaredLength(10),
            content: [.send(Data("first".utf8)), .wait(transportGone), .send(Data(" last".utf8))]
        )
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            transportGone.open()
            #expect(try await response.text() == "first last")
        }
    }
}
