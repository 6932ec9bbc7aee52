import FSCache
import Foundation
import HTTPTypes

/// The response that the comparisons store.
enum Sample {
    /// 13,000 bytes: about as much as the entry of a response with 12 header fields and a 12 KB body.
    static let file = Data((0..<13_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    /// The URL of the response.
    static let url = "https://api.example.com/v1/items?page=1"

    /// A request for one of many resources.
    static func request(number: Int) -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "https", authority: "api.example.com", path: "/v1/items/\(number)")
    }

    /// A response with 12 header fields and 12 KB of JSON.
    static let response = TransportResponse(
        head: HTTPResponse(status: .ok, headerFields: headerFields),
        body: MessageBody(body)
    )

    /// The sample response with 1 KB of content.
    static let briefResponse: TransportResponse = {
        let content = body.prefix(1_000)
        var head = response.head
        head.headerFields[.contentLength] = String(content.count)
        return TransportResponse(head: head, body: MessageBody(Data(content)))
    }()

    static let headerFields: HTTPFields = [
        .date: "Mon, 05 Jan 2026 10:00:00 GMT",
        .server: "nginx",
        .contentType: "application/json; charset=utf-8",
        .contentLength: String(body.count),
        .cacheControl: "public, max-age=300, stale-while-revalidate=60",
        .eTag: "\"5f1e7c0a3b9d4e62\"",
        .lastModified: "Sun, 04 Jan 2026 22:15:31 GMT",
        .vary: "Accept-Encoding",
        .accessControlAllowOrigin: "*",
        .strictTransportSecurity: "max-age=31536000; includeSubDomains",
        .xContentTypeOptions: "nosniff",
        .accessControlAllowMethods: "GET, HEAD, OPTIONS",
    ]

    /// 12 KB of compact JSON with an object for each item, like many services send.
    static let body: Data = {
        var items: [String] = []
        var byteCount = 0
        while byteCount < 12_000 {
            let number = items.count + 1
            let item = """
                {"id":\(number),"name":"Item \(number)","description":"What item number \(number) is about, in a line",\
                "price":\(number * 7).25,"tags":["new","sale"],"isAvailable":\(number.isMultiple(of: 2)),\
                "createdAt":"2026-01-04T22:15:31Z","owner":{"id":\(number * 31),"name":"Zoë"},"parent":null}
                """
            items.append(item)
            byteCount += item.utf8.count + 1
        }
        return Data("{\"items\":[\(items.joined(separator: ","))],\"next\":2}".utf8)
    }()
}
