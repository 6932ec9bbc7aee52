extension FSCacheError {
    /// Makes the error for content that ended early.
    ///
    /// - Parameters:
    ///   - receivedCount: How many bytes have come.
    ///   - byteCount: How many there should have been, when that is known.
    ///   - underlyingError: What ended it.
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
}
