package import HTTPTypes

extension HTTPResponse {
    /// How long the content of a response is, when its head tells (RFC 9112 §6.3).
    ///
    /// - Parameter method: The method of the request.
    /// - Returns: The number of bytes; `nil` when it is not known.
    package func contentLength(inAnswerTo method: HTTPRequest.Method) -> Int? {
        if method == .head || [.noContent, .notModified].contains(status) { return 0 }
        guard headerFields[.transferEncoding] == nil else { return nil }
        return headerFields[.contentLength].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }
}
