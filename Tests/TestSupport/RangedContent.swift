package import FSCache
package import Foundation
package import HTTPTypes

/// The content of an origin that supports validators, ranges and `If-Range`.
package struct RangedContent: Sendable {
    /// All octets.
    package var bytes: Data
    /// The entity tag, if it has one.
    package var tag: String?
    /// The value of `Last-Modified`, if it has one.
    package var lastModified: String?
    /// More fields for each response.
    package var fields: HTTPFields
    /// Whether the `Content-Range` of a part has the complete length.
    package var tellsLength = true

    /// Makes a content.
    package init(
        _ bytes: Data,
        tag: String? = "\"1\"",
        lastModified: String? = nil,
        fields: HTTPFields = [.cacheControl: "max-age=60"]
    ) {
        self.bytes = bytes
        self.tag = tag
        self.lastModified = lastModified
        self.fields = fields
    }

    /// Answers a `GET` request according to RFC 9110 §13.2.2 and §14.2.
    package func answer(_ request: HTTPFields) -> (status: Int, fields: HTTPFields, body: Data) {
        var fields = fields
        if let tag { fields[.eTag] = tag }
        if let lastModified { fields[.lastModified] = lastModified }
        if let tag, let known = request[.ifNoneMatch], known == "*" || known.contains(tag) {
            return (304, fields, Data())
        }
        let condition = request[.ifRange]
        let isSame =
            condition == nil || (condition == tag && tag?.hasPrefix("W/") == false) || condition == lastModified
        guard isSame, let value = request[.range], value.hasPrefix("bytes=") else {
            return (200, fields, bytes)
        }
        let ranges = value.dropFirst(6).split(separator: ",").map { self.octets(String($0)) }
        let satisfiable = ranges.compactMap { $0 }
        guard let first = satisfiable.first else {
            fields[.contentRange] = "bytes */\(bytes.count)"
            return (416, fields, Data())
        }
        guard satisfiable.count == 1 else { return (206, fields, several(satisfiable, &fields)) }
        fields[.contentRange] = contentRange(first)
        return (206, fields, bytes.subdata(in: first))
    }

    /// The answer as a transport's response.
    package func response(_ request: HTTPFields) -> TransportResponse {
        let (status, fields, body) = answer(request)
        return TransportResponse(status, fields, body: body)
    }

    /// The answer as an origin's response.
    package func response(_ request: Origin.Request) -> Origin.Response {
        var fields = HTTPFields()
        for line in request.fields.lines {
            if let name = HTTPField.Name(line.name) { fields.append(HTTPField(name: name, value: line.value)) }
        }
        let (status, answered, body) = answer(fields)
        var response = Origin.Response(status: status, body: body)
        for field in answered { response.fields.add(field.name.rawName, field.value) }
        return response
    }

    private func contentRange(_ range: Range<Int>) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(tellsLength ? "\(bytes.count)" : "*")"
    }

    private func octets(_ range: String) -> Range<Int>? {
        let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2 else { return nil }
        switch (ends[0], ends[1]) {
        case (let first?, let last): return first < bytes.count ? first..<min((last ?? .max - 1) + 1, bytes.count) : nil
        case (nil, let count?): return count > 0 ? max(0, bytes.count - count)..<bytes.count : nil
        case (nil, nil): return nil
        }
    }

    private func several(_ ranges: [Range<Int>], _ fields: inout HTTPFields) -> Data {
        fields[.contentType] = "multipart/byteranges; boundary=b"
        var body = Data()
        for range in ranges {
            body += Data("\r\n--b\r\nContent-Range: \(contentRange(range))\r\n\r\n".utf8) + bytes.subdata(in: range)
        }
        return body + Data("\r\n--b--\r\n".utf8)
    }
}
