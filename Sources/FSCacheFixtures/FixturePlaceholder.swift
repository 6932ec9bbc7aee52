internal import Foundation

/// A value that is never written to a fixture: a name stands for it in files.
///
/// Where the value occurs in a URL, a header field or a body, `{{NAME}}` is written, and when the file is replayed, the value
/// is put back. So a test that logs in, and then uses the token of the response, replays without the token.
///
/// ```swift
/// FixturePlaceholder("API_TOKEN", environment: "API_TOKEN", standIn: "token-for-tests")
/// ```
public struct FixturePlaceholder: Sendable {
    /// The name that stands for the value, without braces.
    public var name: String
    /// The value; `nil` if it is not known, as on a machine that only replays.
    public var value: @Sendable () -> String?
    /// What tests get in place of the value if that is not known.
    public var standIn: String
    /// The environment variable with the value, for messages.
    private(set) var environmentVariable: String?
    /// Where the value is found in responses.
    private(set) var capture: FixtureCapture?
    /// What was found, by any test that uses the placeholder.
    let captured = SecretValues()

    /// Makes a placeholder for a value that a closure returns.
    ///
    /// - Parameters:
    ///   - name: The name that stands for the value: letters, digits, `_`, `-` and `.`.
    ///   - standIn: What tests get in place of the value if that is not known. It may not be empty.
    ///   - value: Returns the value, or `nil`.
    public init(_ name: String, standIn: String, value: @escaping @Sendable () -> String?) {
        self.name = name
        self.standIn = standIn
        self.value = value
    }

    /// Makes a placeholder for the value of an environment variable.
    ///
    /// - Parameters:
    ///   - name: The name that stands for the value.
    ///   - environment: The name of the variable.
    ///   - standIn: What tests get in place of the value if the variable is not set.
    public init(_ name: String, environment: String, standIn: String) {
        self.init(name, standIn: standIn) {
            ProcessInfo.processInfo.environment[environment].flatMap { $0.isEmpty ? nil : $0 }
        }
        environmentVariable = environment
    }

    /// Makes a placeholder for a value that the origin makes, such as the token that a login returns.
    ///
    /// The value is hidden in the response that has it, and wherever it occurs afterwards. On replay, the test gets the
    /// stand-in, and may send it back. A value of fewer than six octets can't be captured: recording it is an error.
    ///
    /// - Parameters:
    ///   - name: The name that stands for the value.
    ///   - capture: Where the value is found in responses.
    ///   - standIn: What tests get in place of the value.
    public init(_ name: String, capturing capture: FixtureCapture, standIn: String) {
        self.init(name, standIn: standIn) { nil }
        self.capture = capture
    }

    /// Makes a placeholder for a value that is the same everywhere.
    ///
    /// - Parameters:
    ///   - name: The name that stands for the value.
    ///   - value: The value.
    public init(_ name: String, fixed value: String) {
        self.init(name, standIn: value) { value }
    }
}
