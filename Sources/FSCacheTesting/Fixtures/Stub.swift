public import Foundation
public import HTTPTypes

/// A request, and the response that a test gets to it.
public struct Stub: Sendable {
    /// Makes the response to a request.
    public typealias Responder = @Sendable (HTTPRequest, Data) async throws -> StubResponse

    let method: HTTPRequest.Method
    let url: String
    let responder: Responder

    /// Makes a stub for any method.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: The absolute URL, with its query. The order of parameters has no effect.
    ///   - responder: Makes the response.
    public init(_ method: HTTPRequest.Method, _ url: String, _ responder: @escaping Responder) {
        self.method = method
        self.url = url
        self.responder = responder
    }
}

/// Answers `GET` requests for a URL in a test.
///
/// - Parameters:
///   - url: The absolute URL.
///   - response: The response, such as `"Hello"`, `.json(…)` or `.failure(.timedOut)`.
/// - Returns: The stub.
public func GET(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.get, url) { _, _ in response() }
}

/// Answers `POST` requests for a URL in a test, like ``GET(_:_:)``.
public func POST(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.post, url) { _, _ in response() }
}

/// Answers `PUT` requests for a URL in a test, like ``GET(_:_:)``.
public func PUT(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.put, url) { _, _ in response() }
}

/// Answers `PATCH` requests for a URL in a test, like ``GET(_:_:)``.
public func PATCH(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.patch, url) { _, _ in response() }
}

/// Answers `DELETE` requests for a URL in a test, like ``GET(_:_:)``.
public func DELETE(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.delete, url) { _, _ in response() }
}

/// Answers `HEAD` requests for a URL in a test, like ``GET(_:_:)``.
public func HEAD(_ url: String, _ response: @escaping @Sendable () -> StubResponse) -> Stub {
    Stub(.head, url) { _, _ in response() }
}

/// Makes a list of stubs from statements.
@resultBuilder
public enum StubBuilder {
    /// Takes one stub.
    public static func buildExpression(_ stub: Stub) -> [Stub] { [stub] }
    /// Takes a list of stubs.
    public static func buildExpression(_ stubs: [Stub]) -> [Stub] { stubs }
    /// Joins the statements of a block.
    public static func buildBlock(_ parts: [Stub]...) -> [Stub] { parts.flatMap { $0 } }
    /// Joins the rounds of a loop.
    public static func buildArray(_ parts: [[Stub]]) -> [Stub] { parts.flatMap { $0 } }
    /// Takes an `if` without `else`.
    public static func buildOptional(_ part: [Stub]?) -> [Stub] { part ?? [] }
    /// Takes the first branch of an `if`.
    public static func buildEither(first part: [Stub]) -> [Stub] { part }
    /// Takes the second branch of an `if`.
    public static func buildEither(second part: [Stub]) -> [Stub] { part }
}
