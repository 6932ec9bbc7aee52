internal import Crypto
package import Foundation
package import HTTPTypes

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
    static let version: StaticString = "request/2"

    /// The number of octets of the method and the URL, with which ``head`` begins.
    private let targetCount: Int
    /// The encoded parts.
    ///
    /// The content of the last one may be in ``content`` instead.
    let head: [UInt8]
    /// A body that is digested unchanged, kept separate to avoid a copy.
    let content: Data

    package init(
        _ request: borrowing HTTPRequest,
        body: Data = Data(),
        matching: borrowing RequestMatching
    ) throws(FSCacheError) {
        var frames = FramedBytes(version: Self.version, capacity: 256)
        frames.append(.method, request.method.rawValue.utf8)

        let url = frames.begin(.url)
        try URLNormalizer.append(urlOf: request, matching, for: .key, to: &frames.octets)
        frames.end(url)
        self.targetCount = frames.octets.count

        if matching.isTLSVerificationDisabled { frames.append(.unverifiedTLS, EmptyCollection()) }
        for (name, isDigested) in matching.fieldsOfKey(request) {
            guard let value = FieldValue.normalized(name, in: request.headerFields) else { continue }
            let field = frames.begin(isDigested ? .digestedField : .field)
            frames.octets.append(contentsOf: name.canonicalName.utf8)
            frames.octets.append(UInt8(ascii: ":"))
            let valueStart = frames.octets.count
            frames.octets.append(contentsOf: value)
            if isDigested { frames.octets.replaceWithDigest(from: valueStart) }
            frames.end(field)
        }
        self.content = body.isEmpty ? body : NormalizedBody.append(body, of: request, matching, to: &frames)
        self.head = frames.octets
    }

    /// The digest of the normalized request.
    ///
    /// It begins with the same four bytes as that of its method and URL alone, so that a store can list all responses for
    /// a URL without reading any.
    public var key: CacheKey {
        guard head.count > targetCount else { return CacheKey(hashing: head) }
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: content)
        return CacheKey(digest: hash.finalize()).withTarget(of: CacheKey(hashing: head[..<targetCount]))
    }
}

extension NormalizedRequest {
    /// Whether the request was read from an entry in which a value that its key depends on is redacted.
    ///
    /// The key that the request had when it was sent can't be computed then.
    func isRedacted(body: Data) -> Bool {
        RequestMatching.isWithheld(body) || Self.holdsRedactedDigest(head)
    }

    /// Whether encoded parts have the digest of a redacted value.
    static func holdsRedactedDigest(_ octets: [UInt8]) -> Bool {
        redactedDigests.contains { String(decoding: octets, as: UTF8.self).contains($0) }
    }

    /// The digests of a redacted value, and of one in JSON.
    private static let redactedDigests = [RequestMatching.redactedValue, "\"\(RequestMatching.redactedValue)\""]
        .map { CacheKey(hashing: Data($0.utf8)).description }

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
        case .field, .digestedField: "header"
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
