extension FSCacheError {
    /// Makes the error for content that ended early.
    ///
    /// - Parameters:
    ///   - receivedCount: The number of received bytes.
    ///   - byteCount: The expected number of bytes, if it is known.
    ///   - underlyingError: The error that ended it.
    /// - Returns: An error with the code ``Code/incompleteResponse``.
    package static func incompleteResponse(
        receivedCount: Int,
        of byteCount: Int?,
        underlyingError: (any Error)? = nil
    ) -> FSCacheError {
        let count = byteCount.map { "\(receivedCount) of \($0)" } ?? "\(receivedCount)"
        return FSCacheError(
            .incompleteResponse,
            "The response ended early, after \(count) bytes. Send the request again if it is safe to.",
            underlyingError: underlyingError
        )
    }

    /// The error for a second reader of a stream.
    package static var bodyIsBeingRead: FSCacheError {
        FSCacheError(.unsupportedRequest, "Another task is reading this body. It can be read only once.")
    }
}
