internal import Foundation

/// The result of a request to the origin.
enum Answer: Sendable {
    /// The origin's response.
    ///
    /// `current` is the lookup of ``CachePolicy/requestAffected(by:of:)``, made after the response arrived,
    /// because other requests may have changed the store since the plan was made.
    case response(StoredResponse, current: Lookup? = nil)
    /// The origin gave no response, for this reason.
    case failure(String)

    /// Describes an error in words suitable for a header field.
    static func failure(_ error: any Error) -> Answer { .failure(FSCacheError.describe(error)) }
}

/// The consequences of an answer.
enum Conclusion: Sendable {
    /// Give the client a response, and change the store.
    case respond(Outcome)
    /// Ask the origin once more.
    case ask(Plan)
    /// The origin gave no response, and no stored response may be used in its place, so the client gets the error.
    case fail
}

/// A response for the client, and the changes to the store.
struct Outcome: Sendable {
    var response: CachedResponse
    /// The response as it is stored, for concurrent requests; `nil` if it is for this request alone.
    var shareable: StoredResponse?
    /// The changes to the store, in order.
    var effects: [Effect] = []
    /// Messages for the log.
    var notes: [String] = []
}

/// A change to the store.
enum Effect: Sendable, Equatable {
    /// Store a new response.
    case store(NewEntry)
    /// Write a stored response again, because it has changed.
    case update(StoredResponse, CacheKey)
    /// Remove the entry of a key.
    case discard(CacheKey)
    /// Remove the entries of these URLs.
    case invalidate([String])
}

/// A response to store.
///
/// Its content may be a stream that the client reads as well.
struct NewEntry: Sendable, Equatable {
    /// The response as it is stored, with the received content.
    var response: StoredResponse
    var key: CacheKey
    /// The stored octets to put before and after the received content, if that is a part (RFC 9111 §3.4).
    var before = MessageBody.empty
    var after = MessageBody.empty
    /// How many octets the origin must send; `nil` if only the transport checks that.
    var expectedByteCount: Int?
    /// When the request was sent, in the order of all invalidations.
    var mark: Invalidations.Mark?
    /// Whether variants that were stored beside the previous response under this key are no longer found.
    var beginsGeneration = false
    /// Whether the content is read to its end even if the client stops reading.
    var isFinishedInBackground = false
}
