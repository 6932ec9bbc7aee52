import Serializers

/// Stops with a message, which libFuzzer treats as a crash: it keeps the input.
func found(_ problem: String) -> Never {
    fatalError(problem)
}

/// The result of reading or writing; `nil` if it throws the only allowed kind of error.
func accepted<Value>(_ body: () throws -> Value) -> Value? {
    do {
        return try body()
    } catch is SerializationError {
        return nil
    } catch {
        found("Threw an error other than SerializationError: \(error)")
    }
}

/// The result of reading or writing, which must succeed.
func required<Value>(_ step: String, _ body: () throws -> Value) -> Value {
    do {
        return try body()
    } catch {
        found("\(step) failed: \(error)")
    }
}
