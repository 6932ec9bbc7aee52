import FSCacheFixtures
import Foundation

extension FixtureDirectory {
    /// Opens a directory that must exist.
    convenience init(argument path: String) throws {
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        guard exists, isDirectory.boolValue else { throw CommandError("There is no directory \(path).") }
        self.init(path)
    }
}

extension FixtureUsageReport {
    /// The report of the last whole run of the tests, which must exist.
    static func required(for directory: FixtureDirectory) throws -> FixtureUsageReport {
        guard let report = try load(directory: directory.path) else {
            throw CommandError(
                "It is not known which files in \(directory.path) the tests use. Run the whole test suite first, on this "
                    + "machine, without --filter and --skip."
            )
        }
        return report
    }
}

extension Int {
    /// The number with a noun: `1 file`, `2 files`.
    func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
