import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Interim responses over transports", .timeLimit(.minutes(2)))
struct InterimTransportTests {
    @Test(
        "Either all are reported in order, with their fields, before the final response, or none",
        arguments: TransportUnderTest.all
    )
    func order(_ transport: TransportUnderTest) async throws {
        let name = transport.limits.contains(.losesLatin1) ? "Zo" : "Zo\u{EB}"
        let answer = Origin.Response(body: "final").preceded(by: 102)
            .preceded(by: 103, fields: ["Link": "</a.css>", "link": "</b.css>", "X-Name": name]).preceded(by: 199)
        try await withOrigin({ _ in answer }) { origin in
            let recorder = InterimRecorder()
            let response = try await InterimResponses.withReceiver(recorder.note) {
                try await transport.make().send(.get, "/", of: origin)
            }
            let codes = recorder.codes
            #expect(response.head.status == .ok)
            #expect(response.head.headerFields[HTTPField.Name("Link")!] == nil)
            #expect(try await response.text() == "final")
            guard !transport.limits.contains(.tellsOfNoInterimResponses) else {
                #expect(codes.isEmpty)
                return
            }
            #expect(codes == [102, 103, 199])
            let fields = recorder.all[1].headerFields
            #expect(fields.map { $0.name.rawName } == ["Link", "link", "X-Name"])
            #expect(fields.prefix(2).map(\.value) == ["</a.css>", "</b.css>"])
            #expect(unsafe fields.last?.withUnsafeBytesOfValue { unsafe Array($0) } == [0x5A, 0x6F, 0xEB])
        }
    }

    @Test("Concurrent requests each get their own", arguments: TransportUnderTest.all)
    func concurrent(_ transport: TransportUnderTest) async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(body: "final").preceded(by: 103, fields: ["Link": request.target])
        }
        try await withOrigin(handler) { origin in
            let isTelling = !transport.limits.contains(.tellsOfNoInterimResponses)
            let transport = transport.make()
            try await withThrowingTaskGroup { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        let recorder = InterimRecorder()
                        // Every other request has no receiver. The requests share connections.
                        let receiver = number.isMultiple(of: 2) ? recorder.note : nil
                        let response = try await InterimResponses.withReceiver(receiver) {
                            try await transport.send(.get, "/\(number)", of: origin)
                        }
                        #expect(try await response.text() == "final")
                        let links = recorder.all.map { $0.headerFields[HTTPField.Name("Link")!] }
                        #expect(links == (isTelling && receiver != nil ? ["/\(number)"] : []))
                    }
                }
                try await tasks.waitForAll()
            }
            // The field that identifies requests is never sent.
            let names = Set(origin.requests.flatMap { $0.fields.lines.map { $0.name.lowercased() } })
            #expect(!names.contains { $0.hasPrefix("fscache") })
        }
    }
}
