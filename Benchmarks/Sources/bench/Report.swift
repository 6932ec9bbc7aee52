import Foundation

/// The printed table.
enum Report {
    static func title(batches: Int) -> String {
        """
        Medians of \(batches) batches, in which subject and baseline take turns; files in \
        \(FileManager.default.temporaryDirectory.path(percentEncoded: false)), 100,000 files in memory if possible.
        “range” has the middle half of the ratios, “processor” the ratio of processor times. Where the names have a minus
        between them, the columns show differences, in µs and in allocations.

        """
    }

    static let header = row("", "ratio", "range", "processor", "limit", "subject", "baseline", "allocations")

    static func line(_ comparison: Comparison, _ measurement: Measurement) -> String {
        if let limit = comparison.differenceLimit { return difference(comparison, measurement, limit) }
        return row(
            "\(comparison.name) / \(comparison.baselineName)",
            decimal(measurement.ratios.at(0.5), places: 2),
            "\(decimal(measurement.ratios.at(0.25), places: 2))–\(decimal(measurement.ratios.at(0.75), places: 2))",
            decimal(measurement.processorRatio, places: 2),
            comparison.limit.map { limit in
                "≤ \(decimal(limit, places: 1)) \(measurement.ratios.at(0.5) <= limit ? "✓" : "✗")"
            } ?? "",
            microseconds(measurement.subject),
            microseconds(measurement.baseline),
            measurement.allocations.map { decimal($0.subject, places: 1) } ?? "?"
        )
    }

    private static func difference(_ comparison: Comparison, _ measurement: Measurement, _ limit: Duration) -> String {
        func more(_ duration: Duration) -> String { decimal(duration / .microseconds(1), places: 2) }
        let differences = measurement.differences
        return row(
            "\(comparison.name) − \(comparison.baselineName)",
            more(differences.at(0.5)),
            "\(more(differences.at(0.25)))–\(more(differences.at(0.75)))",
            more(measurement.processorDifference),
            "≤ \(microseconds(limit)) \(differences.at(0.5) <= limit ? "✓" : "✗")",
            microseconds(measurement.subject),
            microseconds(measurement.baseline),
            measurement.allocations.map { decimal($0.subject - $0.baseline, places: 1) } ?? "?"
        )
    }

    private static func row(_ title: String, _ columns: String...) -> String {
        let widths = [8, 14, 11, 13, 12, 12, 13]
        return columns.indices.reduce(title.padded(to: 35)) { $0 + columns[$1].padded(to: widths[$1], onLeft: true) }
    }

    private static func microseconds(_ duration: Duration) -> String {
        "\(decimal(duration / .microseconds(1), places: 2)) µs"
    }

    private static func decimal(_ value: Double, places: Int) -> String {
        value.formatted(.number.precision(.fractionLength(places)).locale(Locale(identifier: "en_US_POSIX")))
    }
}

extension Array {
    /// The element at a fraction of the count: in ascending numbers, the element at 0.5 is the median.
    fileprivate func at(_ fraction: Double) -> Element { self[Int((Double(count - 1) * fraction).rounded())] }
}

extension String {
    fileprivate func padded(to width: Int, onLeft: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - count))
        return onLeft ? padding + self : self + padding
    }
}
