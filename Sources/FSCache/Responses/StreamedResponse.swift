/// A response whose content you read as a stream.
public struct StreamedResponse: Sendable {
    /// The status, the header fields, and what the cache did.
    ///
    /// Its body is empty.
    public let head: CachedResponse
    /// The content, to be read once.
    ///
    /// It throws if it ends early, or if the stored content is damaged.
    ///
    /// The response is stored when you have read the content to its end. If you release it before, or cancel the task that
    /// reads it, the exchange ends and nothing is stored, unless the request was made with
    /// ``RequestOptions/finishesInBackground``.
    public let body: MessageBody

    /// Reads the content into memory.
    ///
    /// - Returns: The response with its content.
    /// - Throws: The errors of ``body``.
    public func collect() async throws -> CachedResponse {
        var response = head
        response.stored.content = MessageBody(try await body.collect())
        return response
    }
}
