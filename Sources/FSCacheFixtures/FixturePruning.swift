internal import Foundation

/// Which exchanges the last whole run of the tests has made superfluous.
package struct FixturePruning: Sendable {
    /// The paths of those that can be removed.
    package private(set) var superfluous: [String] = []
    /// The paths of those that were recorded or changed after the run, which says nothing about them.
    package private(set) var newer: [String] = []

    /// Finds them, and removes nothing.
    ///
    /// Files that aren't recorded exchanges are left out.
    package init(_ directory: FixtureDirectory, after report: FixtureUsageReport) {
        let (used, unused) = (Set(report.used), Set(report.unused))
        for path in directory.all().map(\.path) where !used.contains(path) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory.url(path).path)
            let date = attributes?[.modificationDate] as? Date
            if unused.contains(path), let date, date <= report.date {
                superfluous.append(path)
            } else {
                newer.append(path)
            }
        }
    }
}
