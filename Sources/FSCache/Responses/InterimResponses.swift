public import HTTPTypes

/// Responses that come before the final one, with a status of 100 to 199, such as 103 (Early Hints) (RFC 9110 §15.2).
///
/// They are told of, and never stored. A client asks for them with ``RequestOptions/onInterimResponse``; the session hands
/// that to its transport as ``receiver``, through transports that decorate others:
///
/// ```swift
/// struct Greeting: HTTPTransport {
///     func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
///         InterimResponses.receiver?(HTTPResponse(status: .init(code: 103)))
///         return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(Data("Hello".utf8)))
///     }
/// }
/// ```
public enum InterimResponses {
    /// Is told of the head of an interim response, on any thread, and returns at once.
    public typealias Receiver = @Sendable (HTTPResponse) -> Void

    /// Who is to be told of the interim responses to the request at hand; `nil` where nobody is.
    ///
    /// It is set while ``HTTPTransport/send(_:body:)`` runs. A transport that gets interim responses calls it for each,
    /// in their order, and not once the final head has come; it leaves out 101, which ends HTTP on the connection. One
    /// that gets none pays it no heed.
    public static var receiver: Receiver? { bound.receiver }

    /// Sets who is to be told.
    ///
    /// - Parameters:
    ///   - receiver: Who is; `nil` for nobody.
    ///   - operation: Asks a transport. It holds in the task that runs it, and in its child tasks.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public static func withReceiver<Result>(
        _ receiver: Receiver?,
        _ operation: () async throws -> Result
    ) async rethrows -> Result {
        try await $bound.withValue(Bound(receiver: receiver), operation: operation)
    }

    // With the closure itself as the value, what Swift 6.3 makes of it when it optimizes ends the process.
    private struct Bound: Sendable {
        var receiver: Receiver?
    }

    @TaskLocal private static var bound = Bound()
}
