internal import Crypto
package import Foundation
internal import HTTPTypes

/// The parts of a request that its ``CacheKey`` depends on, in normal form.
///
/// Print one to see why a request hits or misses:
///
/// ```
/// method  GET
/// url     https://example.com/search?page=2&q=swift
/// header  accept-language:de, en;q=0.5
/// ```
///
/// Two requests have the same key if their normalized forms are equal. For the rules, see <doc:CacheKeys>.
public struct NormalizedRequest: Sendable, Hashable {
    /// The version of the rules, with which every encoding begins.
    static let version: StaticString = "request/1"

    /// The encoded parts.
    ///
    /// The content of the last one may be in ``content`` instead.
    let head: [UInt8]
    /// A body that is digested unchanged, kept separate to avoid a copy.
    let content: Data

    init(_ request: HTTPRequest, body: Data, matching: RequestMatching) throws(FSCacheError) {
        var frames = FramedBytes(version: Self.version, capacity: 256)
        frames.append(.method, request.method.rawValue.utf8)

        let url = frames.begin(.url)
        try URLNormalizer.append(urlOf: request, ignoring: matching.ignored, .omitted, to: &frames.octets)
        frames.end(url)

        if matching.isTLSVerificationDisabled { frames.append(.unverifiedTLS, EmptyCollection()) }
        if !matching.matchHeaders.isNone { Self.append(request.headerFields, matching, to: &frames) }
        self.content = body.isEmpty ? body : NormalizedBody.append(body, of: request, matching, to: &frames)
        self.head = frames.octets
    }

    /// Appends the header fields that enter the key, sorted by name.
    private static func append(_ fields: HTTPFields, _ matching: RequestMatching, to frames: inout FramedBytes) {
        for name in matching.matchHeaders.names(in: fields) where !matching.ignored.contains(name.canonicalName) {
            guard let value = FieldValue.normalized(name, in: fields) else { continue }
            let field = frames.begin(.field)
            frames.octets.append(contentsOf: name.canonicalName.utf8)
            frames.octets.append(UInt8(ascii: ":"))
            frames.octets.append(contentsOf: value)
            frames.end(field)
        }
    }

    /// The digest of the normalized request.
    public var key: CacheKey {
        if content.isEmpty {
            return CacheKey(hashing: head)
        }
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: content)
        return CacheKey(digest: hash.finalize())
    }
}

extension NormalizedRequest {
    /// One part of a normalized request.
    package struct Ingredient: Sendable, Hashable {
        /// `method`, `url`, `TLS`, `header`, or `body` with its kind.
        package let name: String
        /// The normalized value, as it is digested.
        package let value: Data
        /// The letter that marks the ingredient in the encoding.
        package let tag: Character

        /// The value as text.
        ///
        /// Bytes that aren't UTF-8 are described by their count and digest.
        package var text: String {
            switch tag {
            case "T": "certificates are not verified"
            case "P": Self.describe(multipart: Array(value))
            default: Self.describe(value)
            }
        }

        private static func describe(_ value: some Collection<UInt8>) -> String {
            String(validating: value, as: UTF8.self)
                ?? "\(value.count) bytes, SHA-256 \(CacheKey(hashing: Array(value)))"
        }

        private static func describe(multipart value: [UInt8]) -> String {
            FramedBytes.parts(of: value, from: 0)
                .map { ($0.tag == .content ? "\n  content " : "\n  header ") + describe(value[$0.content]) }
                .joined()
        }
    }

    /// The parts that the key depends on, in the order in which they are digested.
    package var ingredients: [Ingredient] {
        let octets = head + content
        return FramedBytes.parts(of: octets, from: Self.version.utf8CodeUnitCount).map { part in
            Ingredient(
                name: part.tag.ingredientName,
                value: Data(octets[part.content]),
                tag: Character(Unicode.Scalar(part.tag.rawValue))
            )
        }
    }
}

extension NormalizedRequest: CustomStringConvertible {
    /// The parts of the request, one on each line.
    public var description: String {
        let ingredients = ingredients
        let width = ingredients.map(\.name.count).max() ?? 0
        return ingredients.map { ingredient in
            let padding = String(repeating: " ", count: width - ingredient.name.count)
            return "\(ingredient.name)\(padding)  \(ingredient.text)"
        }.joined(separator: "\n")
    }
}

extension FramedBytes.Tag {
    fileprivate var ingredientName: String {
        switch self {
        case .method: "method"
        case .url: "url"
        case .unverifiedTLS: "TLS"
        case .field: "header"
        case .absentField: "absent header"
        case .bytes: "body (bytes)"
        case .json: "body (JSON)"
        case .form: "body (form)"
        case .multipart: "body (multipart)"
        case .content: "content"
        case .key: "key"
        }
    }
}
