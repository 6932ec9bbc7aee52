#if Proxy
import FSCache
import Foundation
import HTTPTypes

/// Finds the stored request that is most similar to another one.
enum NearestRequest {
    /// The client waits for the answer, so a large cache isn't searched to its end.
    private static let searchLimit = 2000

    /// Finds the nearest request.
    ///
    /// - Parameters:
    ///   - wanted: The request that has no stored response, in its stored form.
    ///   - cache: The cache to search.
    /// - Returns: A sentence with the request and its differences, or `nil` if nothing is stored for the host.
    /// - Throws: The errors of the store.
    static func find(_ wanted: StoredResponse.Request, in cache: ResponseCache) async throws -> String? {
        let wanted = RequestTraits(wanted)
        var best: (traits: RequestTraits, likeness: [Int])?
        for try await entry in cache.entries().prefix(searchLimit) {
            guard let stored = entry.response?.request else { continue }
            let traits = RequestTraits(stored)
            guard traits.origin == wanted.origin else { continue }
            let likeness = traits.likeness(to: wanted)
            if best.map({ $0.likeness.lexicographicallyPrecedes(likeness) }) ?? true { best = (traits, likeness) }
        }
        return best.map { "The nearest stored request is \($0.traits), which \($0.traits.difference(from: wanted))." }
    }
}

/// The parts of a request that are compared.
private struct RequestTraits: CustomStringConvertible {
    let origin: Substring
    private let method: HTTPRequest.Method
    private let path: Substring
    private let parameters: Set<Substring>
    private let body: Data
    private let url: String

    init(_ request: StoredResponse.Request) {
        method = request.method
        body = request.body
        url = request.url
        let authority = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let end = url[authority...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        origin = url[..<end]
        let parts = url[end...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        parameters = Set(parts.dropFirst().first?.split(separator: "&") ?? [])
    }

    var description: String { "\(method) \(url)" }

    /// The similarity to another request.
    ///
    /// Values are compared in order. A greater value means more similar.
    func likeness(to other: RequestTraits) -> [Int] {
        let common = zip(path.utf8, other.path.utf8).prefix { $0 == $1 }.count
        return [
            path == other.path ? 1 : 0,
            method == other.method ? 1 : 0,
            common,
            -path.utf8.count,
            -parameters.symmetricDifference(other.parameters).count,
            body == other.body ? 1 : 0,
        ]
    }

    /// The differences, in words.
    func difference(from wanted: RequestTraits) -> String {
        var differences: [String] = []
        if method != wanted.method { differences.append("has another method") }
        if path != wanted.path { differences.append("has another path") }
        let more = parameters.subtracting(wanted.parameters).sorted()
        let less = wanted.parameters.subtracting(parameters).sorted()
        if !more.isEmpty { differences.append("has \(more.joined(separator: " and "))") }
        if !less.isEmpty { differences.append("lacks \(less.joined(separator: " and "))") }
        if body != wanted.body { differences.append("has other content") }
        return differences.isEmpty
            ? "differs in a header field that enters the key, or may no longer be used"
            : differences.joined(separator: ", ")
    }
}
#endif
