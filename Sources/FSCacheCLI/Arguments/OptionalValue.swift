/// `--stale-if-error [AGE]`, an option whose value may be left out.
///
/// The parser knows options that have a value, and flags that have none. So where the value is left out it is put in
/// before parsing: what follows the option and is no age is something else, such as the URL.
enum OptionalValue {
    static let option = "--stale-if-error"
    static let standIn = "always"

    /// Puts the value in where it is left out.
    static func completed(_ arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 != "--" }
        let completed = options.indices.map { index in
            guard options[index] == option else { return options[index] }
            let next = index + 1 < options.endIndex ? options[index + 1] : ""
            return Age(next) == nil && next != standIn ? "\(option)=\(standIn)" : option
        }
        return completed + arguments.dropFirst(options.count)
    }
}
