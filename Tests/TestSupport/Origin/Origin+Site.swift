package import Foundation

extension Origin {
    /// The pages that most tests need.
    ///
    /// | target | answer |
    /// | --- | --- |
    /// | `/echo…` | the request as JSON: `method`, `target`, `headers` (names in lower case), `body` |
    /// | `/counter…` | the number of the request for this path, from 1 |
    /// | `/fields?Name=value…` | these header fields, and the number of the request as its content |
    /// | `/etag/TAG` | content with this strong ETag, 304 when `If-None-Match` names it |
    /// | `/last-modified` | content of ``lastModified``, 304 when `If-Modified-Since` names it |
    /// | `/redirect/N?status=S` | a chain of N redirects (302 by default) to `/redirect/0`, which answers 200 |
    /// | `/redirect-to?url=U&status=S` | a redirect to U |
    /// | `/redirect-loop` | a redirect to itself |
    /// | `/gzip` | the text of ``gzipped`` with `Content-Encoding: gzip` |
    /// | `/cookies/set?name=value…` | sets cookies |
    /// | `/cookies` | the received cookies as a JSON object |
    /// | `/basic-auth/USER/PASSWORD` | 401 with a challenge, or 200 when the credentials are right |
    /// | `/status/CODE` | this status |
    /// | `/bytes/N` | the N bytes of ``bytes(_:)`` |
    /// | `/json` | a small JSON object with `Cache-Control: max-age=60` |
    package static let site: Handler = { request in
        let parts = request.path.split(separator: "/").map(String.init)
        let argument = parts.count > 1 ? parts[1] : ""
        switch parts.first ?? "" {
        case "echo":
            return try Response(json: Echo(request))
        case "counter":
            return Response(body: "\(request.ordinal)")
        case "fields":
            var response = Response(body: "\(request.ordinal)")
            for (name, value) in request.query { response.fields.add(name, value) }
            return response
        case "etag":
            let tag = "\"\(argument)\""
            let isKnown = request.fields["If-None-Match"]?.contains(tag) == true
            return isKnown
                ? Response(status: 304, fields: ["ETag": tag])
                : Response(fields: ["ETag": tag], body: "content of \(argument)")
        case "last-modified":
            let fields: Fields = ["Last-Modified": lastModified]
            return request.fields["If-Modified-Since"] == lastModified
                ? Response(status: 304, fields: fields)
                : Response(fields: fields, body: "content of \(lastModified)")
        case "redirect", "redirect-to", "redirect-loop":
            return redirect(request, page: parts[0], remaining: Int(argument) ?? 0)
        case "gzip":
            return Response(
                fields: ["Content-Encoding": "gzip", "Content-Type": "text/plain"],
                body: Gzip.compress(Data(gzipped.utf8))
            )
        case "cookies":
            return try cookies(request, isSetting: argument == "set")
        case "basic-auth":
            return basicAuthentication(request, credentials: parts.dropFirst().joined(separator: ":"))
        case "status":
            return Response(status: Int(argument) ?? 500)
        case "bytes":
            return Response(fields: ["Content-Type": "application/octet-stream"], body: bytes(Int(argument) ?? 0))
        case "json":
            return try Response(fields: ["Cache-Control": "max-age=60"], json: ["name": "value"])
        default:
            return Response(status: 404, body: "no page \(request.path)")
        }
    }

    /// The only date of `/last-modified`.
    package static let lastModified = "Sun, 06 Nov 1994 08:49:37 GMT"

    /// The decoded text of `/gzip`.
    package static let gzipped = String(repeating: "a text that is worth compressing; ", count: 100)

    /// Bytes without a short period, so that tests detect lost and repeated parts.
    package static func bytes(_ count: Int) -> Data {
        count <= stock.count ? stock.prefix(count) : made(count)
    }

    // Made once, because making a megabyte takes long without optimization.
    private static let stock = made(1 << 20)

    private static func made(_ count: Int) -> Data {
        Data((0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) })
    }

    /// A request as `/echo` shows it.
    package struct Echo: Codable, Sendable, Hashable {
        /// The method.
        package var method: String
        /// Path and query.
        package var target: String
        /// The header fields, names in lower case, repeated ones joined with commas.
        package var headers: [String: String]
        /// The content.
        package var body: String

        init(_ request: Request) {
            self.method = request.method
            self.target = request.target
            self.headers = Dictionary(
                request.fields.lines.map { ($0.name.lowercased(), $0.value) },
                uniquingKeysWith: { "\($0), \($1)" }
            )
            self.body = String(decoding: request.body, as: UTF8.self)
        }
    }

    private static func redirect(_ request: Request, page: String, remaining: Int) -> Response {
        let status = request.parameter("status").flatMap(Int.init) ?? 302
        let location: String
        switch page {
        case "redirect-loop":
            location = "/redirect-loop"
        case "redirect-to":
            location = request.parameter("url") ?? "/"
        default:
            guard remaining > 0 else { return Response(body: "the end, by \(request.method)") }
            location = "/redirect/\(remaining - 1)?status=\(status)"
        }
        return Response(status: status, fields: ["Location": location], body: "to \(location)")
    }

    private static func cookies(_ request: Request, isSetting: Bool) throws -> Response {
        if isSetting {
            var response = Response(body: "set")
            for (name, value) in request.query { response.fields.add("Set-Cookie", "\(name)=\(value); Path=/") }
            return response
        }
        let pairs = (request.fields["Cookie"] ?? "").split(separator: ";").map { pair in
            let parts = pair.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1).map(String.init)
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        }
        return try Response(json: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }

    private static func basicAuthentication(_ request: Request, credentials: String) -> Response {
        let expected = "Basic \(Data(credentials.utf8).base64EncodedString())"
        return request.fields["Authorization"] == expected
            ? Response(body: "welcome")
            : Response(status: 401, fields: ["WWW-Authenticate": "Basic realm=\"test\""], body: "who are you?")
    }
}
