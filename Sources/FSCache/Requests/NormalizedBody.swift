internal import Foundation
internal import HTTPTypes

/// What a request's content is, by its media type, and how it takes part in the key.
enum NormalizedBody {
    /// JSON of more bytes than this is keyed as it is: 10 MiB.
    static let longestJSON = 10 * 1024 * 1024

    /// The kinds of content whose insignificant differences are known.
    enum Kind {
        case json
        case form
        case multipart(boundary: String)
        case bytes

        init(of request: HTTPRequest) {
            guard let contentType = request.headerFields[.contentType] else {
                self = .bytes
                return
            }
            let mediaType = ParameterizedValue(contentType)
            if mediaType.value == "application/json" || mediaType.value.hasSuffix("+json") {
                self = .json
            } else if mediaType.value == "application/x-www-form-urlencoded" {
                self = .form
            } else if mediaType.value.hasPrefix("multipart/"), let boundary = mediaType["boundary"] {
                self = .multipart(boundary: boundary)
            } else {
                self = .bytes
            }
        }
    }

    /// Appends a body that is not empty, without ignored parameters.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - request: The request whose content it is.
    ///   - matching: What is ignored.
    ///   - frames: Where to append.
    /// - Returns: What the caller has to digest after the frames: the body itself, when it is keyed as it is.
    static func append(
        _ body: Data,
        of request: HTTPRequest,
        _ matching: RequestMatching,
        to frames: inout FramedBytes
    ) -> Data {
        switch Kind(of: request) {
        case .json:
            if body.count <= longestJSON, let json = JSONCanonicalizer(Array(body), matching: matching) {
                frames.append(.json, json.canonical)
                return Data()
            }
        case .form:
            let form = frames.begin(.form)
            ParameterList(.form, ignoring: matching.ignored, .omitted).append(Array(body).span, to: &frames.octets)
            frames.end(form, keepsEmpty: false)
            return Data()
        case .multipart(let boundary):
            let octets = Array(body)
            if let multipart = MultipartBody(octets, boundary: boundary) {
                append(multipart, octets, matching, to: &frames)
                return Data()
            }
        case .bytes:
            break
        }
        frames.appendHead(.bytes, contentCount: body.count)
        return body
    }

    private static func append(
        _ multipart: MultipartBody,
        _ body: [UInt8],
        _ matching: RequestMatching,
        to frames: inout FramedBytes
    ) {
        var parts = FramedBytes()
        for part in multipart.parts where !(part.name.map(matching.ignored.contains) ?? false) {
            for field in part.fields { parts.append(.field, field.name + [UInt8(ascii: ":")] + field.value) }
            parts.append(.content, body[part.content])
        }
        if !parts.octets.isEmpty { frames.append(.multipart, parts.octets) }
    }
}
