import Foundation
import Serializers

/// The program for libFuzzer, which has its own `main`: it calls ``initialize(_:_:)`` once, then ``test(_:_:)`` with
/// each input.
///
/// `fuzz seeds FOLDER` writes valid inputs to start from. `fuzz TARGET …` tests a target with mutated inputs; the other
/// arguments are for libFuzzer.
enum FuzzCommand {
    /// Tries one input.
    typealias Check = @Sendable (Data) -> Void

    static let checks: [String: Check] = [
        "native": { FormatTarget.check(NativeSerializer(), $0) },
        "json": { FormatTarget.check(JSONSerializer(), $0) },
        "yaml": { FormatTarget.check(YAMLSerializer(), $0, refusesNumbers: true) },
        "bson": { FormatTarget.check(BSONSerializer(), $0) },
        "jsontext": { JSONTextTarget.check($0) },
        "stages": { StagesTarget.check($0) },
        "entry": { EntryTarget.check($0) },
    ]

    // Safe: written once, before libFuzzer's only thread reads it.
    nonisolated(unsafe) fileprivate(set) static var check: Check = { _ in }

    fileprivate static func stopWithUsage() -> Never {
        let targets = checks.keys.sorted().joined(separator: " | ")
        FileHandle.standardError.write(
            Data("usage: fuzz (\(targets)) [OPTION | FOLDER]…\n       fuzz seeds FOLDER\n".utf8)
        )
        exit(64)
    }
}

/// Chooses the target and removes its name from the arguments, which libFuzzer then reads.
@c(LLVMFuzzerInitialize)
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    let words = CommandLine.arguments
    if words.count == 3, words[1] == "seeds" {
        required("Writing seeds") { try Seeds.write(to: URL(filePath: words[2], directoryHint: .isDirectory)) }
        exit(0)
    }
    guard words.count > 1, let check = FuzzCommand.checks[words[1]] else { FuzzCommand.stopWithUsage() }
    unsafe FuzzCommand.check = check
    unsafe arguments.pointee[1] = arguments.pointee[0]
    unsafe arguments.pointee += 1
    unsafe count.pointee -= 1
    return 0
}

/// Tries one input.
@c(LLVMFuzzerTestOneInput)
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe FuzzCommand.check(Data(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
