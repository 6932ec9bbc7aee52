/// A response whose content is read piece by piece.
public struct StreamedResponse: Sendable {
    /// All but the content: the status, the header fields, what the cache did.
    ///
    /// Its own body is empty.
    public let head: CachedResponse
    /// The content, to be read once.
    ///
    /// It throws when it ends early, or when what is stored is damaged.
    ///
    /// A response that is being stored becomes an entry only when the content has been read to its end. Letting go of it
    /// before, or cancelling the task that reads it, ends the exchange and stores nothing, unless the request was made
    /// with ``RequestOptions/finishesInBackground``.
    public let body: MessageBody

    /// Reads the content into memory.
    ///
    /// - Returns: The response with its content.
    /// - Throws: What ``body`` throws.
    public func collect() async throws -> CachedResponse {
        var response = head
        response.stored.content = MessageBody(try await body.collect())
        return response
    }
}
