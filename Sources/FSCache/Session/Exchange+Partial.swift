internal import Foundation
internal import HTTPTypes
internal import Logging

/// Parts of contents: how they are joined, and made whole (RFC 9111 §3.3, §3.4).
extension Exchange {
    /// Asks the origin for the rest of a content whose beginning is stored, and serves the whole.
    ///
    /// If the origin has other content by now it sends all of it. Where what it sends doesn't make a whole, it is asked
    /// for that.
    func complete(
        _ stored: StoredResponse,
        of found: Lookup,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        var rest = requestForComplete
        if let fields = policy.fieldsForRest(of: stored) { rest.headerFields.append(contentsOf: fields) }
        let answer = try await ask(rest)
        let status = answer.status
        if let whole = whole(of: stored, with: answer) {
            return await store(whole, at: found.key, because: reason, isForComplete: true, forwardStatus: status.code)
        }
        guard status == .partialContent || status == .rangeNotSatisfiable else {
            return await store(answer, at: found.key, because: reason, isForComplete: true)
        }
        cache.log(found.key, "asking once more: what came is not the rest of what is stored")
        return try await fetch(requestForComplete, found, because: reason)
    }

    /// A stored part and a new one, if they make a whole.
    private func whole(of stored: StoredResponse, with answer: StoredResponse) -> StoredResponse? {
        guard answer.isPartial,
            case .join(let union, let before, let after) = policy.combination(
                of: stored,
                with: answer,
                now: session.now()
            ), union.isComplete
        else { return nil }
        var whole = policy.combined(stored, with: answer, as: union)
        let contents = [stored.content.clipped(to: before), answer.content, stored.content.clipped(to: after)]
        let pieces = contents.compactMap(\.bytes)
        if pieces.count == contents.count {
            whole.body = pieces.reduce(into: Data()) { $0.append($1) }
        } else {
            whole.content = .joined(contents, byteCount: union.octets.count)
        }
        return whole
    }

    /// What there is to store of a part that came, if it may be stored: itself, or together with what is stored already.
    func joined(_ answer: StoredResponse, at key: CacheKey) async -> (JoinedPart?, CachePolicy.Storage) {
        guard let range = answer.contentRange else { return (nil, .refuse(.unknownPart)) }
        let stored = await selected(at: key)
        var part = JoinedPart(entry: answer, byteCount: range.octets.count)
        switch policy.combination(of: stored, with: answer, now: session.now()) {
        case .keep:
            return (nil, .refuse(.moreIsStored))
        case .replace:
            part.entry.declare(range)
            part.entry.removeContent()
        case .join(let union, let before, let after):
            guard let stored else { break }
            part.entry = policy.combined(stored, with: answer, as: union)
            part.before = stored.content.clipped(to: before)
            part.after = stored.content.clipped(to: after)
        }
        let storage = storage(of: part.entry)
        guard case .store(let expires) = storage else { return (nil, storage) }
        part.entry.expires = expires
        return (part, storage)
    }

    /// What is stored now under a key, if the request selects it: another exchange may have stored it meanwhile.
    private func selected(at key: CacheKey) async -> StoredResponse? {
        guard let stored = await cache.read(key, leavesLargeBodies: true) else { return nil }
        guard let vary = VaryNames(stored.headerFields) else { return stored }
        let fields = stored.request.headerFields
        return vary.matches(stored: fields, new: request.headerFields, settings.matching) ? stored : nil
    }

    /// Writes a part whose content is at hand.
    func write(_ part: JoinedPart, around content: Data, for key: CacheKey) async -> Bool {
        var entry = part.entry
        guard part.isAlone else {
            entry = policy.storable(entry).redacted(by: settings.matching)
            var recording = await EntryRecording(entry, for: key, in: cache, settings, around: part)
            await recording.append(content)
            return await recording.commit()
        }
        entry.body = content
        return await write(entry, for: key)
    }

    /// The request as it asks for its part, whatever of it the client has already.
    var requestForPart: HTTPRequest {
        var part = request
        ClientConditions.removeAllButRange(from: &part.headerFields)
        return part
    }
}

/// A part that is to be stored, and what is stored already around it.
struct JoinedPart: Sendable {
    /// The response as it is stored, without its content.
    var entry: StoredResponse
    /// How many octets the new part has.
    let byteCount: Int
    /// The stored octets before it.
    var before = MessageBody(Data())
    /// The stored octets after it.
    var after = MessageBody(Data())

    /// Whether there is nothing around it.
    var isAlone: Bool { before.byteCount == 0 && after.byteCount == 0 }
}
