import Serializers
import Testing

/// Expects an error with a code.
///
/// - Parameters:
///   - code: The code of the ``SerializationError`` that the body must throw.
///   - sourceLocation: Where to report a failure.
///   - body: The closure that must throw.
func expect<Result>(
    throws code: SerializationError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    let error = #expect(throws: SerializationError.self, sourceLocation: sourceLocation) { _ = try body() }
    guard let error else { return }
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
}
