#if Proxy
import FSCache
import Foundation
import HTTPTypes

/// Finds, of the requests whose responses are stored, the one that is most like another.
enum NearestRequest {
    /// Looks for it.
    ///
    /// - Parameters:
    ///   - wanted: The request that nothing was found for, as it would have been stored.
    ///   - cache: Where to look.
    /// - Returns: What it is and how it differs, in words; `nil` when nothing is stored for the host.
    /// - Throws: When the store fails.
    static func find(_ wanted: StoredResponse.Request, in cache: ResponseCache) async throws -> String? {
        let wanted = RequestTraits(wanted)
        var best: (traits: RequestTraits, likeness: [Int])?
        for try await entry in cache.entries() {
            guard let stored = entry.response?.request else { continue }
            let traits = RequestTraits(stored)
            guard traits.origin == wanted.origin else { continue }
            let likeness = traits.likeness(to: wanted)
            if best.map({ $0.likeness.lexicographicallyPrecedes(likeness) }) ?? true { best = (traits, likeness) }
        }
        return best.map { "The nearest stored request is \($0.traits), which \($0.traits.difference(from: wanted))." }
    }
}

/// What makes requests alike.
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

    /// Numbers to compare one after the other: the greater, the more alike.
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

    /// How it differs, in words.
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
            ? "differs in a header field that counts, or may not be used any more" : differences.joined(separator: ", ")
    }
}
#endif
