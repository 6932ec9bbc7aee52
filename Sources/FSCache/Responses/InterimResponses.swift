public import HTTPTypes

/// Responses before the final one, with a status from 100 to 199, such as 103 (Early Hints) (RFC 9110 §15.2).
///
/// They are reported and never stored. You ask for them with ``RequestOptions/onInterimResponse``. The session passes your
/// closure to its transport as ``receiver``, also through transports that wrap others:
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
    /// Receives the head of an interim response.
    ///
    /// It is called on any thread, and must not block.
    public typealias Receiver = @Sendable (HTTPResponse) -> Void

    /// The receiver of the interim responses to the current request; `nil` if there is none.
    ///
    /// It is set while ``HTTPTransport/send(_:body:)`` runs. A transport that gets interim responses calls it for each, in
    /// order, and not after the final head. It omits 101, which ends HTTP on the connection. A transport that
    /// doesn't get them ignores the receiver.
    public static var receiver: Receiver? { bound.receiver }

    /// Sets the receiver while an operation runs.
    ///
    /// - Parameters:
    ///   - receiver: The receiver; `nil` for none.
    ///   - operation: Sends a request. The receiver is set in its task and in child tasks.
    /// - Returns: The result of the operation.
    /// - Throws: The error of the operation.
    public static func withReceiver<Result>(
        _ receiver: Receiver?,
        _ operation: () async throws -> Result
    ) async rethrows -> Result {
        try await $bound.withValue(Bound(receiver: receiver), operation: operation)
    }

    // A struct, because a closure as the value crashes when it is compiled by Swift 6.3 with optimization.
    private struct Bound: Sendable {
        var receiver: Receiver?
    }

    @TaskLocal private static var bound = Bound()
}
