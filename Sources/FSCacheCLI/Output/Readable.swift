import Foundation

/// Numbers and times in a form for people.
enum Readable {
    /// A number of bytes: `512 B`, `12.3 KiB`.
    static func size(_ byteCount: Int) -> String {
        guard byteCount >= 1024 else { return "\(byteCount) B" }
        var size = Double(byteCount)
        var unit = "B"
        for larger in ["KiB", "MiB", "GiB", "TiB"] where size >= 1024 {
            size /= 1024
            unit = larger
        }
        let tenths = Int((size * 10).rounded(.down))
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// A duration in its largest unit: `45s`, `12m`, `3h`, `5d`.
    static func age(_ seconds: TimeInterval) -> String {
        let seconds = Int(max(0, seconds))
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86_400: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    /// A time in ISO 8601, UTC, to the second.
    static func time(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    /// A time in ISO 8601, UTC, to the millisecond, the precision of stored times.
    static func exactTime(_ date: Date) -> String {
        // Foundation truncates fractions, which a Double may store slightly too small.
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        let seconds = (milliseconds / 1000).rounded(.down)
        let fraction = String(1000 + Int(milliseconds - seconds * 1000)).dropFirst()
        return time(Date(timeIntervalSince1970: seconds)).dropLast() + ".\(fraction)Z"
    }

    /// A number of entries: `1 entry`, `2 entries`.
    static func entries(_ count: Int) -> String {
        count == 1 ? "1 entry" : "\(count) entries"
    }
}
