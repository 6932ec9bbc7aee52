#if Compression
import Foundation
import Serializers
import TestSupport
import Testing

/// Tests of every compression method.
@Suite
struct CompressionTests {
    /// A stage, and the equivalent system tool.
    struct Method: Sendable, CustomTestStringConvertible {
        var tool: String
        var reader: String
        var levels: ClosedRange<Int>
        var stage: @Sendable (_ level: Int, _ sizeLimit: Int) -> any Stage

        var testDescription: String { tool }

        func stage(level: Int = 6, sizeLimit: Int = 1 << 30) -> any Stage { stage(level, sizeLimit) }
    }

    static let methods = [
        Method(tool: "gzip", reader: "zcat", levels: 1...9) { .gzip(level: $0, sizeLimit: $1) },
        Method(tool: "zstd", reader: "zstdcat", levels: 1...19) { .zstd(level: $0, sizeLimit: $1) },
    ]

    @Test("The system's tool reads what every level writes", arguments: methods)
    func toolReads(_ method: Method) async throws {
        for content in SampleData.all {
            let files = try method.levels.map { try method.stage(level: $0).apply(to: content) }
            let script = """
                import base64, json, subprocess, sys
                read = lambda file: subprocess.run([sys.argv[1]], input=base64.b64decode(file), capture_output=True, check=True)
                print(json.dumps([base64.b64encode(read(file).stdout).decode() for file in json.load(sys.stdin)]))
                """
            let output = try await Python.run(script, arguments: [method.reader], input: JSONEncoder().encode(files))
            #expect(try JSONDecoder().decode([Data].self, from: output) == files.map { _ in content })
        }
    }

    @Test("Files of the system's tool are read, at every level", arguments: methods)
    func toolWrites(_ method: Method) async throws {
        let script = """
            import base64, json, subprocess, sys
            tool, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
            content = sys.stdin.buffer.read()
            write = lambda level: subprocess.run([tool, f'-{level}', '-c'], input=content, capture_output=True, check=True)
            print(json.dumps([base64.b64encode(write(level).stdout).decode() for level in range(first, last + 1)]))
            """
        let levels = [method.levels.lowerBound, method.levels.upperBound].map(String.init)
        for content in SampleData.all {
            let output = try await Python.run(script, arguments: [method.tool] + levels, input: content)
            for file in try JSONDecoder().decode([Data].self, from: output) {
                #expect(try method.stage().undo(on: file) == content)
            }
        }
    }

    @Test("Content is read back at every level", arguments: methods)
    func roundTrip(_ method: Method) throws {
        for level in [Int.min, -5, 0, 1, 6, 9, 22, Int.max] {
            let stage = method.stage(level: level)
            for content in [Data(), SampleData.text] {
                #expect(try stage.undo(on: stage.apply(to: content)) == content)
                #expect(try stage.undo(on: stage.apply(to: content.asSlice).asSlice) == content)
            }
        }
        #expect(try method.stage(level: 9).apply(to: SampleData.text).count < SampleData.text.count / 4)
    }

    @Test("Equal content gives equal bytes", arguments: methods)
    func deterministic(_ method: Method) throws {
        for content in SampleData.all {
            #expect(try method.stage().apply(to: content) == method.stage().apply(to: Data(content)))
        }
    }

    @Test("Several files in one are read to the end of the last", arguments: methods)
    func severalInOne(_ method: Method) throws {
        let parts = [Data(), SampleData.text, Data(), Data(count: 100_000), Data("end".utf8)]
        let file = try parts.map { try method.stage().apply(to: $0) }.reduce(Data(), +)
        #expect(try method.stage().undo(on: file) == parts.reduce(Data(), +))
    }

    @Test("Ten thousand empty files in one are read", arguments: methods)
    func manyEmpty(_ method: Method) throws {
        let file = try method.stage().apply(to: Data())
        let files = (0..<10_000).reduce(into: Data()) { all, _ in all += file }
        #expect(try method.stage().undo(on: files).isEmpty)
    }

    @Test("Bytes after the end of the compressed data are refused, even zeros", arguments: methods)
    func trailingGarbage(_ method: Method) throws {
        for content in [Data(), SampleData.text] {
            let file = try method.stage().apply(to: content)
            for garbage in [Data([0]), Data(count: 512), Data("x".utf8), Data("trailing".utf8), file.prefix(3)] {
                expect(throws: .malformed) { try method.stage().undo(on: file + garbage) }
            }
        }
    }

    @Test("Every prefix of a file is refused", arguments: methods)
    func prefixes(_ method: Method) throws {
        for content in [Data(), SampleData.text, Data(count: 100_000)] {
            let file = try method.stage().apply(to: content)
            for length in 0..<file.count {
                expect(throws: .malformed) { try method.stage().undo(on: file.prefix(length)) }
            }
        }
    }

    @Test("A changed byte is detected, or changes nothing", arguments: methods)
    func flips(_ method: Method) throws {
        for content in [Data(), SampleData.text.prefix(3000), Data(count: 100_000)] {
            let file = try method.stage(level: 9).apply(to: content)
            for offset in file.indices {
                for bits: UInt8 in [0x01, 0x04, 0x10, 0x20, 0x80, 0xFF] {
                    do {
                        #expect(try method.stage().undo(on: file.flipping(bits, at: offset)) == content)
                    } catch let error as SerializationError {
                        #expect([.malformed, .limitExceeded].contains(error.code))
                    }
                }
            }
        }
    }

    @Test("Errors say where reading stopped", arguments: methods)
    func position(_ method: Method) throws {
        let first = try method.stage().apply(to: SampleData.text)
        let error = try #require(throws: SerializationError.self) {
            try method.stage().undo(on: first + Data("not compressed".utf8))
        }
        let offset = try #require(error.position?.offset)
        #expect((first.count...first.count + 4).contains(offset))
    }

    @Test("The size limit is exact", arguments: methods)
    func exactLimit(_ method: Method) throws {
        for content in SampleData.all {
            let file = try method.stage().apply(to: content)
            #expect(try method.stage(sizeLimit: content.count).undo(on: file) == content)
            guard !content.isEmpty else { continue }
            for limit in [Int.min, 0, content.count - 1] {
                expect(throws: .limitExceeded) {
                    try method.stage(sizeLimit: limit).undo(on: file)
                }
            }
        }
    }

    @Test("A bomb is refused", arguments: methods)
    func bomb(_ method: Method) async throws {
        let script = """
            import subprocess, sys
            zeros = subprocess.Popen(['head', '-c', '50M', '/dev/zero'], stdout=subprocess.PIPE)
            sys.stdout.buffer.write(subprocess.run([sys.argv[1], '-c'], stdin=zeros.stdout, capture_output=True).stdout)
            """
        let bomb = try await Python.run(script, arguments: [method.tool])
        #expect(bomb.count < 70_000)
        expect(throws: .limitExceeded) {
            try method.stage(sizeLimit: 49 << 20).undo(on: bomb)
        }
    }
}
#endif
