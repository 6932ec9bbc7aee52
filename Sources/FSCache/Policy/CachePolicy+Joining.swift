internal import Foundation

extension CachePolicy {
    /// Completes a stored part with the received octets; `nil` if they don't complete it (RFC 9111 §3.4).
    func complete(_ stored: StoredResponse?, with answer: StoredResponse, now: Date) -> StoredResponse? {
        guard let stored, answer.isPartial,
            case .join(let union, let before, let after) = combination(of: stored, with: answer, now: now),
            union.isComplete
        else { return nil }
        var whole = combined(stored, with: answer, as: union)
        let pieces = [stored.content.clipped(to: before), answer.content, stored.content.clipped(to: after)]
        whole.content = .joined(pieces, byteCount: union.octets.count)
        return whole
    }

    /// The entry for a received part: the part itself, or joined to the stored octets around it (RFC 9111 §3.4).
    func join(
        _ part: NewEntry,
        to stored: StoredResponse?,
        _ terms: RequestTerms,
        now: Date
    ) -> (NewEntry?, Storage) {
        let answer = part.response
        guard let range = answer.contentRange else { return (nil, .refuse(.unknownPart)) }
        var entry = part
        entry.expectedByteCount = range.octets.count
        switch combination(of: stored, with: answer, now: now) {
        case .keep: return (nil, .refuse(.moreIsStored))
        case .replace: entry.response.declare(range)
        case .join(let union, let before, let after):
            guard let stored else { break }
            entry.response = combined(stored, with: answer, as: union)
            entry.response.content = answer.content
            entry.response.generation = answer.generation
            entry.before = stored.content.clipped(to: before)
            entry.after = stored.content.clipped(to: after)
        }
        let storage = storage(of: entry.response, terms, byteCount: nil)
        guard case .store(let expires) = storage else { return (nil, storage) }
        entry.response.expires = expires
        return (entry, storage)
    }
}
