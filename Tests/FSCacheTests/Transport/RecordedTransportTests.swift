import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Transport that records another one")
struct RecordedTransportTests {
    @Test(
        "What each transport has received from an origin is replayed when the origin is gone, also on another port",
        arguments: TransportUnderTest.all
    )
    func replays(_ transport: TransportUnderTest) async throws {
        let scratch = try ScratchDirectory()
        func exchange(_ fixture: FixtureTransport, _ origin: Origin) async throws -> [String] {
            var texts: [String] = []
            for target in ["/counter", "/counter", "/echo?page=2"] {
                texts.append(try await fixture.send(.get, target, of: origin, [.authorization: "Bearer s3cret"]).text())
            }
            return texts
        }
        let recorded = try await withOrigin({ Origin.Response(body: "\($0.target) \($0.ordinal)") }) { origin in
            let fixture = try transport.recording(to: scratch("Recorded"))
            return try await exchange(fixture, origin)
        }
        #expect(recorded == ["/counter 1", "/counter 2", "/echo?page=2 1"])
        try await withOrigin({ _ in Origin.Response(status: 500) }) { other in
            let replayed = try await exchange(FixtureTransport(scratch("Recorded")), other)
            #expect(replayed == recorded)
            #expect(other.requests.isEmpty)
        }
        for path in try scratch.contents(of: "Recorded") where path.hasSuffix(".yaml") {
            try #expect(!scratch.read("Recorded/\(path)").contains("s3cret"))
        }
    }
}

extension TransportUnderTest {
    fileprivate func recording(to directory: String) throws -> FixtureTransport {
        func record(from network: some HTTPTransport) throws -> FixtureTransport {
            try FixtureTransport(directory, mode: .once, network: network)
        }
        return try record(from: make())
    }
}
