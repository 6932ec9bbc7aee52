import Foundation
import HTTPTypes
import Serializers

@testable import FSCache

extension Seeds {
    /// Writes entries for ``EntryTarget``: every response in every format, and the head of its native entry.
    static func writeEntries(to folder: URL) throws {
        for (index, response) in responses.enumerated() {
            for (number, format) in EntryTarget.formats.enumerated() {
                let bytes = try format.entryFormat.encode(response, for: EntryTarget.key)
                try write([UInt8(number)] + bytes, to: folder.appending(path: "\(index)-\(format.name)"))
            }
            let native = try EntryTarget.formats[0].entryFormat.encode(response, for: EntryTarget.key)
            let head = native.dropLast(response.body.count + EntryTarget.bodyHeaderLength)
                .dropFirst(EntryTarget.headOffset)
            if response.body == EntryTarget.body, EntryTarget.nativeEntry(head: head) != native {
                found("The native layout differs from the one in this target.")
            }
            try write([UInt8.max] + head, to: folder.appending(path: "\(index)-head"))
        }
    }

    private static let responses: [StoredResponse] = [
        response(
            [
                .eTag: "\"1\"", .vary: "Accept, Accept-Language", .age: "10",
                .cacheControl: "max-age=60, no-cache=\"Age\"",
            ],
            body: EntryTarget.body
        ),
        response([.location: "../else?where#there", .lastModified: "Tue, 14 Nov 2023 22:13:20 GMT"], status: 302),
        response(
            [.contentLength: "9", .expires: "0", .date: "Tue, 14 Nov 2023 22:13:20 GMT", .acceptRanges: "none"],
            body: Data("two\nlines".utf8),
            expires: Date(timeIntervalSince1970: 1_600_000_000)
        ),
        response([.contentType: "image/png"], body: Data(0...255), request: Data("a=1&b=2".utf8)),
        response([.cacheControl: "stale-if-error=9, stale-while-revalidate=9, must-revalidate"], status: 404),
    ]

    private static func response(
        _ fields: HTTPFields,
        status: HTTPResponse.Status = .ok,
        body: Data = Data(),
        expires: Date? = nil,
        request: Data = Data()
    ) -> StoredResponse {
        let time = Date(timeIntervalSince1970: 1_700_000_000.123)
        return StoredResponse(
            request: StoredResponse.Request(
                method: request.isEmpty ? .get : .post,
                url: "http://origin.example/",
                headerFields: [.accept: "*/*", .contentType: "application/x-www-form-urlencoded"],
                body: request
            ),
            status: status,
            headerFields: [.contentType: "application/json"] + fields,
            body: body,
            requestedAt: time,
            receivedAt: time,
            createdAt: time,
            expires: expires
        )
    }
}
