import ArgumentParser
import FSCache

/// A duration on the command line: `300`, `300s`, `5m`, `2h`, `7d`.
struct Age {
    let duration: Duration

    static let advice =
        "Write seconds, such as 300, or a number followed by s, m, h or d, such as 5m, 2h or "
        + "7d, up to 100 years (36525d)."

    private static let secondsByUnit: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    /// 100 years, which fit into the types of all clocks, also in nanoseconds.
    private static let maximumSeconds = 3_155_760_000.0

    /// Reads a duration.
    ///
    /// Any other text gives `nil`, and so does a longer duration than the longest one.
    init?(_ text: String) {
        guard let seconds = Self.seconds(text), seconds <= Self.maximumSeconds else { return nil }
        duration = .seconds(seconds)
    }

    /// Whether a text is meant as a duration, however long.
    static func isMeant(by text: String) -> Bool { seconds(text) != nil }

    private static func seconds(_ text: String) -> Double? {
        let unit = text.last.flatMap { Self.secondsByUnit[$0] }
        let number = unit == nil ? text[...] : text.dropLast()
        guard !number.isEmpty, number.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }) else { return nil }
        return Double(number).map { $0 * (unit ?? 1) }
    }

    /// Reads the value of an option.
    init(argument: String) throws {
        guard let age = Age(argument) else { throw ValidationError(Self.advice) }
        self = age
    }
}

extension Expiration {
    /// Reads the value of `--expire-after`.
    init(argument: String) throws {
        switch argument {
        case "never": self = .never
        case "immediately": self = .immediately
        case "none": self = .doNotCache
        default:
            guard let age = Age(argument) else {
                throw ValidationError("\(Age.advice) You can also write never, immediately or none.")
            }
            self = .after(age.duration)
        }
    }
}

extension StaleAllowance {
    /// Reads the value of `--stale-if-error`.
    init(argument: String) throws {
        self = argument == OptionalValue.defaultValue ? .always : .upTo(try Age(argument: argument).duration)
    }
}

/// `--stale-if-error [AGE]`, an option whose value is optional.
///
/// ArgumentParser supports options with a value and flags without one, so a missing value is inserted before parsing.
enum OptionalValue {
    static let option = "--stale-if-error"
    static let defaultValue = "always"

    /// Inserts the default value if no age follows the option.
    static func completed(_ arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 != "--" }
        let completed = options.indices.map { index in
            guard options[index] == option else { return options[index] }
            let next = index + 1 < options.endIndex ? options[index + 1] : ""
            return !Age.isMeant(by: next) && next != defaultValue ? "\(option)=\(defaultValue)" : option
        }
        return completed + arguments.dropFirst(options.count)
    }
}
