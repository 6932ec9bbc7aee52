#if YAML
import Foundation

/// A time as the tag `!!timestamp` allows it: ISO 8601 with liberties (https://yaml.org/type/timestamp.html).
struct YAMLTimestamp {
    let date: Date

    /// Reads a time, or fails.
    ///
    /// A day alone is its midnight, and without an offset the time is UTC.
    init?(_ text: String) {
        let pattern =
            /(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?/
        guard let match = text.wholeMatch(of: pattern)?.output else { return nil }
        var canonical = "\(match.1)-\(twoDigits(match.2))-\(twoDigits(match.3))"
        canonical += "T\(twoDigits(match.4 ?? "00")):\(match.5 ?? "00"):\(match.6 ?? "00")"
        if let fraction = match.7, !fraction.isEmpty { canonical += ".\(fraction)" }
        if let offset = match.8, offset != "Z" {
            let parts = offset.dropFirst().split(separator: ":")
            canonical += "\(offset.prefix(1))\(twoDigits(parts[0])):\(parts.count > 1 ? parts[1] : "00")"
        } else {
            canonical += "Z"
        }
        guard let date = Date(iso8601: canonical) else { return nil }
        self.date = date

        func twoDigits(_ digits: Substring) -> String { digits.count == 1 ? "0\(digits)" : String(digits) }
    }
}
#endif
