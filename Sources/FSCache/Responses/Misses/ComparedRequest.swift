internal import Foundation
internal import HTTPTypes
internal import Serializers

/// How similar a stored request is to the wanted one; greater is more similar.
struct Likeness: Comparable {
    /// The aspects, the weightiest one first.
    private let aspects: [Double]
    /// Decides between equally similar requests, because stores list their entries in any order.
    private let url: String

    fileprivate init(_ aspects: [Double], url: String) {
        self.aspects = aspects
        self.url = url
    }

    static func < (left: Likeness, right: Likeness) -> Bool {
        if left.aspects == right.aspects { return left.url > right.url }
        return left.aspects.lexicographicallyPrecedes(right.aspects)
    }
}

/// A stored request, taken apart to be compared.
struct ComparedRequest {
    let request: StoredResponse.Request
    /// The scheme, the host and the port.
    let origin: Substring
    let path: Substring
    /// The query without its `?`; `nil` if there is none.
    let query: Substring?

    init(_ request: StoredResponse.Request) {
        self.request = request
        let url = request.url
        let authority = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let end = url[authority...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let queryStart = url[end...].firstIndex(of: "?")
        origin = url[..<end]
        path = url[end..<(queryStart ?? url.endIndex)]
        query = queryStart.map { url[url.index(after: $0)...] }
    }

    /// The request with its URL in components, in the spelling in which it is stored.
    var httpRequest: HTTPRequest {
        let target = "\(path)\(query.map { "?\($0)" } ?? "")"
        return HTTPRequest(
            method: request.method,
            scheme: origin.hasPrefix("https:") ? "https" : "http",
            authority: String(origin.drop { $0 != ":" }.dropFirst("://".count)),
            path: target,
            headerFields: request.headerFields
        )
    }

    /// The parameters of the query, in order.
    var parameters: [Substring] { query?.split(separator: "&", omittingEmptySubsequences: false) ?? [] }

    /// The host without its port.
    private var host: Substring {
        let authority = origin.drop { $0 != ":" }.dropFirst("://".count)
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else {
            return authority
        }
        return authority[..<colon]
    }

    /// The similarity to the wanted request; `nil` if there is none: another host and another path.
    func likeness(to wanted: ComparedRequest) -> Likeness? {
        let isSamePath = path == wanted.path
        // A root has nothing in common with that of another host.
        let isOrigin = origin == wanted.origin
        guard isOrigin || (isSamePath && path != "/") || host == wanted.host else { return nil }
        return Likeness(
            [
                isOrigin ? 2 : host == wanted.host ? 1 : 0,
                isSamePath ? 0 : -pathDistance(to: wanted),
                request.method == wanted.request.method ? 1 : 0,
                Self.share(parameters, wanted.parameters),
                isSamePath ? bodyLikeness(to: wanted) : 0,
                request.headerFields == wanted.request.headerFields ? 1 : 0,
            ],
            url: request.url
        )
    }

    /// The edit distance of the paths by segments.
    ///
    /// Replacing a segment by a similar one costs less.
    private func pathDistance(to wanted: ComparedRequest) -> Double {
        // A path with more segments is hardly ever meant.
        let limit = 64
        let (left, right) = (path.split(separator: "/").prefix(limit), wanted.path.split(separator: "/").prefix(limit))
        var costs = (0...right.count).map(Double.init)
        for (row, segment) in left.enumerated() {
            var diagonal = costs[0]
            costs[0] = Double(row + 1)
            for (column, other) in right.enumerated() {
                let replaced = diagonal + Self.distance(segment, other)
                diagonal = costs[column + 1]
                costs[column + 1] = min(replaced, costs[column] + 1, costs[column + 1] + 1)
            }
        }
        // Paths can also differ in their slashes, or beyond the limit.
        return max(costs[right.count], 0.1)
    }

    /// The distance of two segments: from 0 for equal ones to 0.9 for those that begin and end differently.
    ///
    /// A missing segment costs 1, because another value in its place is likelier.
    private static func distance(_ left: Substring, _ right: Substring) -> Double {
        guard left != right else { return 0 }
        let (left, right) = (left.utf8, right.utf8)
        let shorter = min(left.count, right.count)
        let start = zip(left, right).prefix { $0 == $1 }.count
        let end = min(shorter - start, zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count)
        return 0.9 - 0.5 * Double(start + end) / Double(max(left.count, right.count))
    }

    /// The share of equal parameters.
    ///
    /// Those that only have the same name count half.
    private static func share(_ left: [Substring], _ right: [Substring]) -> Double {
        guard left != right else { return 1 }
        let common = Set(left).intersection(right).count
        func names(_ parameters: [Substring]) -> Set<Substring> { Set(parameters.map { $0.prefix { $0 != "=" } }) }
        let commonNames = names(left).intersection(names(right)).count
        return (Double(common) + Double(max(0, commonNames - common)) / 2) / Double(max(left.count, right.count))
    }

    /// The share of the bodies that is equal: by members of JSON, or by parameters of forms.
    private func bodyLikeness(to wanted: ComparedRequest) -> Double {
        let (body, other) = (request.body, wanted.request.body)
        if body == other { return 1 }
        guard let parts = bodyParts, let otherParts = wanted.bodyParts else { return 0 }
        return 0.9 * Double(parts.intersection(otherParts).count) / Double(max(1, parts.union(otherParts).count))
    }

    /// The members of JSON or the parameters of a form, unless the body is large.
    private var bodyParts: Set<String>? {
        guard request.body.count <= 64 << 10 else { return nil }
        switch NormalizedBody.Kind(of: httpRequest) {
        case .json: return JSONMembers(request.body).map { Set($0.leaves) }
        case .form: return Set(String(decoding: request.body, as: UTF8.self).split(separator: "&").map(String.init))
        default: return nil
        }
    }
}

extension StoredResponse.Request {
    /// The request without the values that these settings count as secret: it may have been stored with other ones.
    func redactedAgain(_ matching: RequestMatching) -> StoredResponse.Request {
        let isWithheld = RequestMatching.isWithheld(body)
        let again = try? StoredResponse.Request(
            ComparedRequest(self).httpRequest,
            body: isWithheld ? Data() : body,
            redacting: matching
        )
        // A URL that isn't valid can't be searched for secrets.
        guard var again else { return StoredResponse.Request(method: method, url: String(url.prefix { $0 != "?" })) }
        if isWithheld { again.body = body }
        return again
    }
}
