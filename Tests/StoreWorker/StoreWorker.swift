import FSCache
import Foundation

/// A process for tests of the store with many processes, and with full disks and other users.
///
/// Its arguments are a job, the cache's directory, and the job's values. It prints problems to standard error, and then
/// exits with 1.
@main
enum StoreWorker {
    struct Violation: Error, CustomStringConvertible {
        var description: String

        init(_ description: String) {
            self.description = description
        }
    }

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 2 else { throw Violation("usage: StoreWorker JOB ROOT [VALUE…]") }
        let root = arguments[1]
        let values = arguments.dropFirst(2).compactMap { UInt64($0) }
        switch (arguments[0], values.count) {
        case ("torture", 3):
            try await Torture(root: root, seconds: values[0], taskCount: Int(values[1]), seed: values[2]).run()
        case ("write-until-killed", 1):
            try await WriteUntilKilled(root: root, seed: values[0]).run()
        case ("write-bounded", 2):
            try await WriteBounded(root: root, maxEntries: Int(values[0]), seed: values[1]).run()
        case ("write-bounded", 3):
            try await WriteBounded(root: root, maxEntries: Int(values[0]), seed: values[1], count: Int(values[2])).run()
        case ("fill", 1):
            try await FullDisk(root: root).run(fileSizeLimit: values[0])
        case ("fill", 0):
            try await FullDisk(root: root).run(fileSizeLimit: nil)
        case ("open-as", 1):
            try await OpenAsOtherUser(root: root).run(user: uid_t(values[0]))
        case ("torture-session", 3):
            try await SessionTorture(root: root, seconds: values[0], taskCount: Int(values[1]), seed: values[2]).run()
        case ("fill-session", 2):
            try await SessionOnFullDisk(root: root, format: Int(values[0])).run(fileSizeLimit: values[1])
        case ("fill-session", 1):
            try await SessionOnFullDisk(root: root, format: Int(values[0])).run(fileSizeLimit: nil)
        case ("session-as", 1):
            try await SessionAsOtherUser(root: root).run(user: uid_t(values[0]))
        case ("fetch", 4):
            try await FetchTogether(
                root: root,
                port: values[0],
                page: values[1],
                taskCount: values[2],
                leaseMilliseconds: values[3]
            ).run()
        case ("work-until-killed", 2):
            try await WorkUntilKilled(root: root, seed: values[0], position: values[1]).run()
        case ("repair", 1):
            try await RepairUntilKilled(root: root, position: values[0]).run()
        case ("defaults", 0):
            try await SessionDefaults(home: root).run()
        default:
            throw Violation("unknown job, or wrong number of values: \(arguments)")
        }
    }
}
