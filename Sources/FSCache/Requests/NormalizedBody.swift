internal import Foundation
internal import HTTPTypes

/// Normalizes the content of a request according to its media type.
enum NormalizedBody {
    /// JSON larger than 10 MiB enters the key unchanged.
    static let longestJSON = 10 * 1024 * 1024

    /// The kinds of content.
    ///
    /// All except ``bytes`` are normalized.
    enum Kind {
        case json
        /// One JSON text on each line.
        case jsonLines
        case form
        case multipart(boundary: String)
        case bytes

        var isJSON: Bool {
            switch self {
            case .json, .jsonLines: true
            case .form, .multipart, .bytes: false
            }
        }

        private static let jsonTypes: Set<String> = [
            "application/json", "text/json", "text/x-json", "application/x-json",
        ]
        private static let jsonLineTypes: Set<String> = [
            "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/jsonlines", "application/json-lines", "text/jsonl", "text/x-ndjson",
        ]

        init(of request: HTTPRequest) {
            guard let contentType = request.headerFields[.contentType],
                // Coded content has none of these forms.
                request.headerFields[.contentEncoding].map({ $0.lowercased() == "identity" }) ?? true
            else {
                self = .bytes
                return
            }
            let mediaType = ParameterizedValue(contentType)
            if Self.jsonTypes.contains(mediaType.value) || mediaType.value.hasSuffix("+json") {
                self = .json
            } else if Self.jsonLineTypes.contains(mediaType.value) {
                self = .jsonLines
            } else if mediaType.value == "application/x-www-form-urlencoded" {
                self = .form
            } else if mediaType.value.hasPrefix("multipart/"), let boundary = mediaType["boundary"] {
                self = .multipart(boundary: boundary)
            } else {
                self = .bytes
            }
        }
    }

    /// Appends the normalized form of a nonempty body, without ignored parameters.
    ///
    /// - Parameters:
    ///   - body: The content.
    ///   - request: The request with this content.
    ///   - matching: The ignored parameters.
    ///   - frames: Receives the normalized form.
    /// - Returns: The content to digest after the frames: the body if it enters the key unchanged, otherwise nothing.
    static func append(
        _ body: Data,
        of request: HTTPRequest,
        _ matching: RequestMatching,
        to frames: inout FramedBytes
    ) -> Data {
        let kind = Kind(of: request)
        switch kind {
        case .json, .jsonLines:
            if body.count <= longestJSON, let json = JSONCanonicalizer(body, of: kind, matching) {
                frames.append(.json, json.canonical)
                return Data()
            }
        case .form:
            let form = frames.begin(.form)
            ParameterList(.form, matching, for: .key).append(Array(body).span, to: &frames.octets)
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
        for part in multipart.parts {
            let treatment = part.treatment(matching, for: .key)
            if treatment == .omitted { continue }
            for field in part.fields { parts.append(.field, field.name + [UInt8(ascii: ":")] + field.value) }
            var content = Array(body[part.content])
            if treatment == .digested { content.replaceWithDigest(from: 0) }
            parts.append(treatment == .digested ? .digestedField : .content, content)
        }
        if !parts.octets.isEmpty { frames.append(.multipart, parts.octets) }
    }
}

/// A field value with parameters, such as `multipart/form-data; boundary=x` (RFC 9110 §5.6.6).
struct ParameterizedValue {
    /// The text before the first semicolon, in lower case.
    let value: String
    private var parameters: [String: String] = [:]
    /// Whether two parameters have the same name, of which the first one counts.
    private(set) var hasDuplicates = false

    init(_ text: String) {
        var pieces = Self.pieces(of: text)[...]
        self.value = Self.trimmed(pieces.removeFirst()[...]).lowercased()
        for piece in pieces {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(piece[..<equals]).lowercased()
            guard parameters[name] == nil else {
                hasDuplicates = true
                continue
            }
            parameters[name] = Self.unquoted(Self.trimmed(piece[piece.index(after: equals)...]))
        }
    }

    /// The value of a parameter, without quotes.
    ///
    /// Pass its name in lower case.
    subscript(name: String) -> String? { parameters[name] }

    /// Splits at semicolons outside of quotes.
    private static func pieces(of text: String) -> [Substring.UnicodeScalarView] {
        let scalars = text[...].unicodeScalars
        var pieces: [Substring.UnicodeScalarView] = []
        var start = scalars.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in scalars.indices {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalars[index] == "\\" {
                isEscaped = true
            } else if scalars[index] == "\"" {
                isQuoted.toggle()
            } else if scalars[index] == ";", !isQuoted {
                pieces.append(scalars[start..<index])
                start = scalars.index(after: index)
            }
        }
        return pieces + [scalars[start...]]
    }

    private static func trimmed(_ piece: Substring.UnicodeScalarView) -> String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        guard let last = piece.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(piece[...last].drop(while: isBlank)))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var unquoted = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                unquoted.append(scalar)
                isEscaped = false
            }
        }
        return String(unquoted)
    }
}
