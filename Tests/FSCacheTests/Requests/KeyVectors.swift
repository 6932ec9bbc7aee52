import FSCache
import Foundation
import HTTPTypes
import Testing

/// The vectors that the guide on cache keys ships with.
enum KeyVectors {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let file = root.appending(path: "Fixtures/key-vectors.json")

    static let all: [KeyVector] = {
        do {
            return try JSONDecoder().decode([KeyVector].self, from: Data(contentsOf: file))
        } catch {
            // A test fails for an empty list.
            return []
        }
    }()
}

struct KeyVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Request: Decodable {
        var url: String
        var method: String?
        var headers: [[String]]?
        var body: String?
        var bodyBase64: Data?
    }

    struct Settings: Decodable {
        var ignoredParameters: [String]?
        var credentialParameters: [String]?
        var credentials: String?
        var urlMatching: String?
        var matchHeaders: MatchHeaders?
        var contentRootKey: String?
        var isTLSVerificationDisabled: Bool?
    }

    enum MatchHeaders: Decodable {
        case all(Bool)
        case names([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let names = try? container.decode([String].self) {
                self = .names(names)
            } else {
                self = .all(try container.decode(Bool.self))
            }
        }
    }

    struct Ingredient: Decodable, Hashable {
        var tag: String
        var text: String?
        var base64: Data?

        var content: Data { base64 ?? Data((text ?? "").utf8) }
    }

    var name: String
    var request: Request
    var settings: Settings?
    var vary: [String]?
    var ingredients: [Ingredient]
    var key: String
    var variant: String?

    var testDescription: String { name }

    func makeRequest() throws -> HTTPRequest {
        var fields = HTTPFields()
        for header in request.headers ?? [] {
            guard let name = HTTPField.Name(header[0]) else { continue }
            fields.append(HTTPField(name: name, value: header[1]))
        }
        let target = try TargetURL(request.url)
        var made = HTTPRequest(
            method: HTTPRequest.Method(request.method ?? "GET") ?? .get,
            target: target,
            headerFields: fields
        )
        // A URL as text is cleaned up before it becomes a request.
        if settings?.urlMatching == "verbatim" {
            made.path = String(request.url.dropFirst("\(target.scheme)://\(target.authority)".count))
        }
        return made
    }

    var body: Data { request.bodyBase64 ?? Data((request.body ?? "").utf8) }

    var cacheSettings: CacheSettings {
        var result = CacheSettings(
            contentRootKey: settings?.contentRootKey,
            isTLSVerificationDisabled: settings?.isTLSVerificationDisabled ?? false
        )
        if let names = settings?.ignoredParameters { result.ignoredParameters = names }
        if let names = settings?.credentialParameters { result.credentialParameters = names }
        if settings?.credentials == "ignored" { result.credentials = .ignored }
        switch settings?.urlMatching {
        case "normalized": result.urlMatching = .normalized
        case "verbatim": result.urlMatching = .verbatim
        default: break
        }
        switch settings?.matchHeaders {
        case .all(true): result.matchHeaders = .all
        case .names(let names): result.matchHeaders = .names(names)
        case .all(false), nil: break
        }
        return result
    }
}
