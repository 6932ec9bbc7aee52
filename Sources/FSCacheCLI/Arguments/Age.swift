/// A span of time as it is typed: `300`, `300s`, `5m`, `2h`, `7d`.
struct Age {
    let duration: Duration

    static let advice = "Write seconds as 300, or a number with s, m, h or d behind it, such as 5m, 2h or 7d."

    private static let secondsByUnit: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    /// 10,000 years: more than anybody means, and no less than arithmetic with dates can deal with.
    private static let maximumSeconds = 315_576_000_000.0

    /// Reads a span of time; `nil` when the text is none.
    init?(_ text: String) {
        let unit = text.last.flatMap { Self.secondsByUnit[$0] }
        let number = unit == nil ? text[...] : text.dropLast()
        guard !number.isEmpty, number.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }),
            let count = Double(number)
        else { return nil }
        duration = .seconds(min(count * (unit ?? 1), Self.maximumSeconds))
    }
}
