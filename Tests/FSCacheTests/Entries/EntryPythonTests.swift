import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

/// The program that reads entries from the guide on files alone, over entries of all formats.
@Suite("Entries read by python")
struct EntryPythonTests {
    /// Bodies that python can't read because of its limits.
    private static let tooDeep: Set<String> = ["nested 5000 deep"]

    @Test("Python reads what we write, and rebuilds status, fields, times and bodies", arguments: FormatUnderTest.plain)
    func pythonReadsEntries(format: FormatUnderTest) async throws {
        var generator = BodyGenerator(seed: 5)
        let generated = (0..<60).map { $0.isMultiple(of: 3) ? generator.text() : generator.json() }
        let samples = BodySample.all.filter { !Self.tooDeep.contains($0.name) } + generated
        for chunk in [
            Array(samples.prefix(samples.count / 2)), Array(samples.suffix(samples.count - samples.count / 2)),
        ] {
            try await expectPythonReads(chunk.map(response), format)
        }
    }

    @Test("Python reads a large body, over whose checksum all lanes run", arguments: FormatUnderTest.plain)
    func pythonReadsLargeBodies(format: FormatUnderTest) async throws {
        let bytes = Data((0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        try await expectPythonReads([response(BodySample("octets", "application/octet-stream", bytes))], format)
    }

    private func response(_ sample: BodySample) -> StoredResponse {
        var response = StoredResponse.sample(sample)
        response.request.body = sample.bytes
        response.request.headerFields[.contentType] = sample.contentType
        response.headerFields.append(HTTPField(name: .setCookie, value: "a=1"))
        response.headerFields.append(HTTPField(name: .setCookie, value: Data([0x62, 0xE9])))
        if sample.bytes.count.isMultiple(of: 2) {
            response.expires = nil
            response.status = .init(code: 404)
        }
        return response
    }

    private func expectPythonReads(_ responses: [StoredResponse], _ format: FormatUnderTest) async throws {
        let files = try responses.map { try $0.encoded(with: format.serializer, for: .sample).base64EncodedString() }
        let program = Repository.root.appending(path: "Examples/read_entry.py")
        let script = """
            import base64, json, sys
            program = {"__name__": "read_entry"}
            exec(compile(open(sys.argv[1]).read(), "read_entry.py", "exec"), program)
            def text(value):
                return base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for file in json.load(sys.stdin):
                entry = program["read"](base64.b64decode(file), sys.argv[2])
                for name in ("headers", "requestHeaders"):
                    entry[name] = [field + ": " + text(value) for field, value in entry[name]]
                print(json.dumps({name: text(value) for name, value in entry.items()}, sort_keys=True))
            """
        let arguments = [program.path(percentEncoded: false), format.fileExtension]
        let output = try await Python.run(script, arguments: arguments, input: JSONEncoder().encode(files))
        let lines = output.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == responses.count)
        for (line, response) in zip(lines, responses) {
            let read = try JSONDecoder().decode(PythonEntry.self, from: line)
            let text = String(decoding: response.body.prefix(200), as: UTF8.self).debugDescription
            #expect(read == PythonEntry(response), "\(text)")
        }
    }
}

/// An entry in the output of the program.
private struct PythonEntry: Decodable, Equatable {
    /// Milliseconds since 1970, or `never`.
    enum Time: Decodable, Equatable {
        case milliseconds(Int)
        case never

        init(_ date: Date?) {
            self = date.map { .milliseconds(Int(($0.timeIntervalSince1970 * 1000).rounded())) } ?? .never
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = if let number = try? container.decode(Int.self) { .milliseconds(number) } else { .never }
        }
    }

    var key: String
    var method: String
    var url: String
    var requestHeaders: [String]
    var requestBody: Data
    var status: Int
    var reason: String
    var headers: [String]
    var body: Data
    var created: Time
    var requested: Time
    var received: Time
    var expires: Time

    init(_ response: StoredResponse) {
        key = CacheKey.sample.description
        method = response.request.method.rawValue
        url = response.request.url
        requestHeaders = Self.lines(response.request.headerFields)
        requestBody = response.request.body
        status = response.status.code
        reason = response.status.reasonPhrase
        headers = Self.lines(response.headerFields)
        body = response.body
        created = Time(response.createdAt)
        requested = Time(response.requestedAt)
        received = Time(response.receivedAt)
        expires = Time(response.expires)
    }

    private static func lines(_ fields: HTTPFields) -> [String] {
        fields.map { field in
            let value = unsafe field.withUnsafeBytesOfValue { unsafe Data($0) }
            return "\(field.name.rawName): \(value.base64EncodedString())"
        }
    }
}
