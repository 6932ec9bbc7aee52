#if Proxy
import FSCache
import Foundation
import HTTPTypes
import NIOHTTP1

/// Answers the requests of clients through a session.
struct CachingProxy: Sendable {
    let session: CachedSession
    let target: ProxyTarget
    let mode: ProxyMode
    let ownAddresses: OwnAddresses
    let trustsForwarded: Bool
    /// The name of this proxy in `Via` fields, by which it detects loops.
    private let pseudonym: String
    /// The field for messages received by HTTP/1.1 (RFC 9110 §7.6.3).
    private let via: HTTPField
    /// The field for messages received by HTTP/1.0.
    private let oldVia: HTTPField

    init(
        session: CachedSession,
        target: ProxyTarget,
        mode: ProxyMode,
        ownAddresses: OwnAddresses,
        trustsForwarded: Bool
    ) {
        self.session = session
        self.target = target
        self.mode = mode
        self.ownAddresses = ownAddresses
        self.trustsForwarded = trustsForwarded
        // Origins may repeat it in their responses, so fixtures of one origin would change each time they are recorded.
        let number = mode.isFixture ? target.digest : UInt64.random(in: 0...UInt64.max)
        pseudonym = "fscache-\(String(number, radix: 16))"
        via = HTTPField(name: .via, value: "1.1 \(pseudonym)")
        oldVia = HTTPField(name: .via, value: "1.0 \(pseudonym)")
    }

    /// Answers a request.
    ///
    /// Errors become responses.
    func respond(to incoming: ServerRequest) async -> ServerResponse {
        do {
            if let response = try answer(incoming) { return response }
            let request = try outgoing(incoming)
            do {
                return try await forward(request, of: incoming)
            } catch {
                return response(to: incoming, for: error)
            }
        } catch {
            return ServerResponse(error.status, error.message, reason: "refused")
        }
    }

    /// The response to a request that the proxy answers itself, or `nil`.
    private func answer(_ incoming: ServerRequest) throws(Refusal) -> ServerResponse? {
        if incoming.headerFields.cameThrough(pseudonym) {
            throw Refusal(.loopDetected, "The request has been through this proxy before.")
        }
        guard incoming.method == "OPTIONS" || incoming.method == "TRACE" else { return nil }
        // The request is about the server, which for the client is this proxy (RFC 9110 §9.3.7).
        if incoming.target == "*" { return .pong }
        guard incoming.headerFields[.maxForwards].flatMap({ UInt($0) }) == 0 else { return nil }
        return incoming.method == "TRACE" ? .trace(incoming, session) : .pong
    }

    /// The request for the origin.
    private func outgoing(_ incoming: ServerRequest) throws(Refusal) -> HTTPRequest {
        var request = try target.request(for: incoming)
        if let authority = request.authority, ownAddresses.contains(authority) {
            throw Refusal(.loopDetected, "The request is for this proxy.")
        }
        var fields = request.headerFields.endToEnd
        if case .origin = target, !trustsForwarded { fields = fields.withoutForwarded }
        // An HTTP/1.0 client can't wait for 100 (Continue) (RFC 9110 §10.1.1).
        if incoming.isHTTP10 || incoming.body == nil { fields[.expect] = nil }
        if request.method == .options || request.method == .trace,
            let count = fields[.maxForwards].flatMap({ UInt($0) })
        {
            fields[.maxForwards] = "\(count - 1)"
        }
        mode.prepare(&fields)
        fields.append(incoming.isHTTP10 ? oldVia : via)
        request.headerFields = fields
        return request
    }

    private func forward(_ request: HTTPRequest, of incoming: ServerRequest) async throws -> ServerResponse {
        var options = RequestOptions()
        options.onInterimResponse = incoming.onInterimResponse.map { forwarding(to: $0) }
        let response = try await session.stream(request, body: incoming.body, options: options)
        guard !response.head.cacheStatus.isOnlyIfCached else {
            return unstored(incoming, nil, response.head.cacheStatus)
        }
        let fields = response.head.headerFields.endToEnd
        var added = [HTTPField(name: .cacheStatus, value: "\(mode.status ?? response.head.publicCacheStatus)"), via]
        // The origin may have no clock (RFC 9110 §6.6.1). Fixtures are replayed as recorded.
        if !mode.isFixture, !fields.contains(.date) {
            added.append(HTTPField(name: .date, value: HTTPDate.format(Date())))
        }
        return ServerResponse(
            head: HTTPResponse(status: response.head.status, headerFields: fields),
            addedFields: added,
            body: response.body,
            reason: mode.outcome ?? response.head.outcome
        )
    }

    /// Forwards interim responses, except 100: the proxy tells the client to continue when it reads the content.
    private func forwarding(to client: @escaping InterimResponses.Receiver) -> InterimResponses.Receiver {
        { [via] interim in
            guard interim.status != .continue else { return }
            var fields = interim.headerFields.endToEnd
            // An interim response has no content, so a length would confuse the client (RFC 9110 §8.6).
            fields[.contentLength] = nil
            fields.append(via)
            client(HTTPResponse(status: interim.status, headerFields: fields))
        }
    }

    /// The response if there is none from the origin.
    private func response(to incoming: ServerRequest, for error: any Error) -> ServerResponse {
        switch error {
        case let error as FSCacheError where error.code == .offline:
            let status = CacheStatus(forward: .uriMiss, detail: "offline")
            return unstored(incoming, mode == .replay ? error.explanation : nil, status)
        case let error as FSCacheError where error.code == .invalidURL:
            // The error quotes the URL, with its secrets and the address of the origin.
            return ServerResponse(.badRequest, "The request has no valid URL.", reason: "refused")
        case let error as FSCacheError where error.code == .unsupportedRequest:
            return ServerResponse(.notImplemented, error.message, reason: "refused")
        case is SlowClient:
            return ServerResponse(.requestTimeout, "The content didn't arrive in time.", reason: "slow client")
        case is InvalidContent:
            return ServerResponse(.badRequest, "The chunks of the content are malformed.", reason: "invalid content")
        case is FSCacheError, is HTTPParserError:
            return ServerResponse(
                .badGateway,
                "The origin's response is invalid.",
                reason: "bad response (\(FSCacheError.describe(error)))"
            )
        default:
            // The error may name addresses that are nobody's business; the log has it.
            return ServerResponse(
                .gatewayTimeout,
                "No response from the origin.",
                reason: "unreachable (\(FSCacheError.describe(error)))"
            )
        }
    }

    /// The response if nothing usable is stored.
    ///
    /// A replay explains the miss. Other clients get only their own words back: the address of the origin and the requests
    /// of others are nobody's business.
    private func unstored(
        _ incoming: ServerRequest,
        _ explanation: MissExplanation?,
        _ status: CacheStatus
    ) -> ServerResponse {
        let url = session.matching.redacted(target: incoming.target)
        let text =
            explanation?.description
            ?? "Nothing usable is stored for \(incoming.method) \(url), and the origin must not be asked."
        var response = ServerResponse(.gatewayTimeout, text, reason: "not stored")
        response.head.headerFields.append(HTTPField(name: .cacheStatus, value: status.description))
        return response
    }
}

extension ServerResponse {
    /// An empty response.
    fileprivate static var pong: ServerResponse {
        ServerResponse(head: HTTPResponse(status: .ok), body: MessageBody(Data()), reason: "own")
    }

    /// The request without credentials and cookies (RFC 9110 §9.3.8).
    fileprivate static func trace(_ request: ServerRequest, _ session: CachedSession) -> ServerResponse {
        let fields = request.headerFields.filter {
            !RequestMatching.cookies.contains($0.name) && !session.matching.isRedacted($0.name)
        }
        let lines = request.hosts.map { "Host: \($0)\r\n" } + fields.map { "\($0.name.rawName): \($0.value)\r\n" }
        let target = session.matching.redacted(target: request.target)
        let text = "TRACE \(target) HTTP/1.\(request.isHTTP10 ? 0 : 1)\r\n\(lines.joined())\r\n"
        return ServerResponse(
            head: HTTPResponse(status: .ok, headerFields: [.contentType: "message/http"]),
            body: MessageBody(Data(text.utf8)),
            reason: "own"
        )
    }
}

extension ProxyTarget {
    /// A number that is always the same for a target.
    fileprivate var digest: UInt64 { CacheKey(hashing: Data("\(self)".utf8)).words.0 }
}

extension CachedResponse {
    /// The status for clients: without the error of the connection to the origin.
    fileprivate var publicCacheStatus: CacheStatus {
        guard let failure, !failure.hasPrefix("status ") else { return cacheStatus }
        var status = cacheStatus
        status.detail = status.detail?.replacing(failure, with: "no response")
        return status
    }

    /// `hit`, or the reason for a miss and the result.
    fileprivate var outcome: String {
        if cacheStatus.isHit { return isExpired ? "stale" : "hit" }
        var text = cacheStatus.forward.map { "\($0)" } ?? ""
        if isRevalidated { text += ", revalidated" } else if isFromCache { text += ", stale" }
        if cacheStatus.isCollapsed { text += ", shared" }
        if cacheStatus.isStored { text += ", stored" }
        if let detail = cacheStatus.detail { text += " (\(detail))" }
        return text
    }
}
#endif
