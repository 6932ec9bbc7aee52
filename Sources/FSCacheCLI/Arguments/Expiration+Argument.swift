import ArgumentParser
import FSCache

extension Expiration {
    /// Reads what `--expire-after` is given.
    init(argument: String) throws {
        switch argument {
        case "never": self = .never
        case "immediately": self = .immediately
        case "none": self = .doNotCache
        default:
            guard let age = Age(argument) else {
                throw ValidationError("\(Age.advice) There are never, immediately and none as well.")
            }
            self = .after(age.duration)
        }
    }
}

extension StaleAllowance {
    /// Reads what `--stale-if-error` is given.
    init(argument: String) throws {
        if argument == OptionalValue.standIn {
            self = .always
        } else if let age = Age(argument) {
            self = .upTo(age.duration)
        } else {
            throw ValidationError(Age.advice)
        }
    }
}
