import FSCache
import Foundation
import HTTPTypes

#if AsyncHTTPClient
import FSCacheAsyncHTTPClient
#endif

/// Streams a large response through a session, and prints the seconds that it took and the process's peak memory in MiB.
///
///     largebody miss FOLDER BYTES [URL]    from an origin in memory, or from the URL, into the cache
///     largebody hit FOLDER BYTES [URL]     from the cache
///
/// URLs need the trait AsyncHTTPClient.
@main
struct LargeBody {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard (4...5).contains(arguments.count), ["miss", "hit"].contains(arguments[1]),
            let byteCount = Int(arguments[3]), arguments.count == 4 || network != nil
        else {
            FileHandle.standardError.write(Data("usage: largebody miss|hit FOLDER BYTES [URL]\n".utf8))
            exit(64)
        }
        let url = arguments.count == 4 ? "https://example.com/large" : arguments[4]
        let chosen = arguments.count == 4 ? nil : network
        let transport: any HTTPTransport = chosen ?? Zeros(byteCount: byteCount)
        let session = try CachedSession(arguments[2], transport: transport)
        let start = ContinuousClock.now
        let response = try await session.stream(HTTPRequest(url: url))
        var count = 0
        for try await chunk in response.body { count += chunk.count }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard count == byteCount, response.head.isFromCache == (arguments[1] == "hit") else {
            FileHandle.standardError.write(Data("received \(count) bytes, but not as a \(arguments[1])\n".utf8))
            exit(1)
        }
        print(seconds.formatted(.number.precision(.fractionLength(3))), try peakMemory() / 1024)
    }

    /// The transport for URLs, if the trait is enabled.
    private static var network: (any HTTPTransport)? {
        #if AsyncHTTPClient
        AsyncHTTPClientTransport()
        #else
        nil
        #endif
    }

    /// The peak resident size of the process in KiB.
    private static func peakMemory() throws -> Int {
        let status = try String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}

/// An origin that sends zeros.
private struct Zeros: HTTPTransport {
    let byteCount: Int

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        TransportResponse(
            head: HTTPResponse(status: .ok, headerFields: [.contentLength: "\(byteCount)"]),
            body: MessageBody(Chunks(byteCount: byteCount), byteCount: byteCount)
        )
    }

    struct Chunks: AsyncSequence, Sendable {
        let byteCount: Int

        struct Iterator: AsyncIteratorProtocol {
            var rest: Int
            let chunk = Data(count: 256 << 10)

            mutating func next() async -> Data? {
                guard rest > 0 else { return nil }
                let count = Swift.min(rest, chunk.count)
                rest -= count
                return chunk.prefix(count)
            }
        }

        func makeAsyncIterator() -> Iterator { Iterator(rest: byteCount) }
    }
}
