internal import Foundation
internal import Synchronization

/// A regular expression whose matches are not written to a fixture.
public struct FixturePattern: Sendable {
    // A Regex is not Sendable, because it may hold a closure of the user; the lock hands it to one task at a time.
    private final class Box: Sendable {
        private let regex: Mutex<Regex<AnyRegexOutput>>

        init(_ regex: sending Regex<AnyRegexOutput>) { self.regex = Mutex(regex) }

        func replacingMatches(in text: String, with replacement: String) -> String {
            regex.withLock { text.replacing($0, with: replacement) }
        }

        func values(in text: String) -> [String] {
            regex.withLock { regex in
                text.matches(of: regex).compactMap { match in
                    match.output[match.output.count > 1 ? 1 : 0].substring.map(String.init)
                }
            }
        }
    }

    private let box: Box

    /// Makes a pattern.
    ///
    /// - Parameter regex: The regular expression.
    public init<Output>(_ regex: sending Regex<Output>) {
        box = Box(Regex<AnyRegexOutput>(regex))
    }

    /// What the pattern matches, or its first group if it has any.
    func values(in text: String) -> [String] { box.values(in: text) }

    func replacingMatches(in text: String, with replacement: String) -> String {
        box.replacingMatches(in: text, with: replacement)
    }
}
