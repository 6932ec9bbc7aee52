import Serializers

/// Stops with a message, which libFuzzer takes for a crash: it then keeps the input.
func found(_ problem: String) -> Never {
    fatalError(problem)
}

/// What a read or a write gives, or `nil` when it is refused with the one kind of error that may be thrown.
func accepted<Value>(_ body: () throws -> Value) -> Value? {
    do {
        return try body()
    } catch is SerializationError {
        return nil
    } catch {
        found("Threw something else than a SerializationError: \(error)")
    }
}

/// What a read or a write gives that must succeed.
func required<Value>(_ step: String, _ body: () throws -> Value) -> Value {
    do {
        return try body()
    } catch {
        found("\(step) failed: \(error)")
    }
}
