#if YAML
import Foundation
import TestSupport
import Testing

@testable import Serializers

/// PyYAML, which speaks YAML 1.1, reads what we write, and we read what it writes.
struct YAMLPythonTests {
    private let serializer = YAMLSerializer()

    /// The type of a date in PyYAML: a time, or a string if its time would not be exact.
    private func tagged(_ date: Date) -> Document {
        let text = date.iso8601 ?? ""
        guard text.utf8.count <= 27, !text.hasPrefix("0000") else { return TaggedForm.pair("str", text) }
        return TaggedForm.date(text)
    }

    @Test("PyYAML reads our files as the same values", arguments: [1, 2, 3, 4])
    func pythonReads(seed: UInt64) async throws {
        var generator = DocumentGenerator(seed: seed)
        generator.kinds.subtract([.duplicateNames, .numbers])
        let documents = (0..<250).map { index in index.isMultiple(of: 5) ? generator.document() : generator.map() }
        // A block of strings separates the documents.
        let files = try documents.map { Document.string(String(decoding: try serializer.bytes(of: $0), as: UTF8.self)) }
        let script =
            TaggedForm.python + """

                import yaml
                json.dump([tagged(yaml.safe_load(text)) for text in json.load(sys.stdin)], sys.stdout)
                """
        let output = try await Python.run(script, input: JSONSerializer().bytes(of: .array(files)))
        guard case .array(let read) = try JSONSerializer().document(from: output) else {
            return #expect(Bool(false), "no array")
        }
        #expect(read.count == documents.count)
        for (index, document) in documents.enumerated() {
            let difference = TaggedForm.difference(read[index], TaggedForm.of(document, date: tagged))
            #expect(difference == nil, "seed \(seed), document \(index): \(files[index])")
        }
    }

    @Test("PyYAML and we take the same numbers for the same values")
    func pythonReadsNumbers() async throws {
        var generator = DocumentGenerator(seed: 5)
        let spellings =
            ["9.90", "1e3", "1E-3", "1.5e3", "-0", "0e99", "12345678901234567890123"]
            + (0..<200).map { _ in generator.number() }.filter { Double($0)?.isFinite == true }
        let data = try serializer.bytes(of: .array(spellings.map(Document.number)))
        let output = try await Python.run(
            TaggedForm.python + "\nimport yaml\njson.dump(tagged(yaml.safe_load(sys.stdin.buffer.read())), sys.stdout)",
            input: data
        )
        let expected = spellings.map { spelling in
            spelling.utf8.allSatisfy { $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }
                ? TaggedForm.pair("int", spelling == "-0" ? "0" : spelling)
                : TaggedForm.of(.float(Double(spelling) ?? .nan), date: tagged)
        }
        #expect(try JSONSerializer().document(from: output) == .array([.string("list"), .array(expected)]))
        // FSCache loses no digit.
        guard case .array(let read) = try serializer.document(from: data) else {
            return #expect(Bool(false), "no array")
        }
        for (spelling, value) in zip(spellings, read) {
            switch value {
            case .integer(let value): #expect(DecimalNumber(String(value)) == DecimalNumber(spelling))
            case .float(let value): #expect(DecimalNumber("\(value)") == DecimalNumber(spelling))
            case .number(let literal): #expect(DecimalNumber(literal) == DecimalNumber(spelling))
            default: Issue.record("\(spelling) became \(value)")
            }
        }
    }

    // `1e3` and `0o14` are left out: PyYAML writes them plain, as the strings that they are in YAML 1.1; in YAML 1.2 they are numbers.
    @Test("We read files of PyYAML in all its styles", arguments: [1, 2, 3])
    func pythonWrites(seed: UInt64) async throws {
        let script =
            TaggedForm.python + #"""

                import random, yaml
                random.seed(int(sys.argv[1]))
                PIECES = ['', ' ', 'a', 'b c', '\n', '\n\n', '\t', ': ', ' #', '- ', "'", '"', '\\', 'no', '012', '1:20',
                          '2026-01-01', '=', '<<', '~', 'null', '.5', '1_000', '\u00e9', '\u65e5\u672c', '\U0001F600', '\x07', '\x85',
                          '\u2028', '\ufeff', '[', '}', '&x', '*x', '!t', '|', '>', '%', '@', '`', 'word ' * 30, 'line\n' * 3, '  x\n y\n']

                def text(): return ''.join(random.choice(PIECES) for _ in range(random.randint(0, 4)))

                def value(depth):
                    kind = random.randint(0, 9 if depth else 6)
                    if kind == 0: return None
                    if kind == 1: return random.random() < 0.5
                    if kind == 2: return random.randint(-10, 10) * 10 ** random.randint(0, 36)
                    if kind == 3: return random.choice([0.0, -0.0, 1.5, 1e16, 1e-7, 5e-324, float('inf'), float('-inf'), float('nan'), random.random(),
                                                        struct.unpack('>d', struct.pack('>Q', random.getrandbits(62)))[0]])
                    if kind in (4, 5): return text()
                    if kind == 6: return random.randbytes(random.randint(0, 100))
                    if kind in (7, 8): return [value(depth - 1) for _ in range(random.randint(0, 4))]
                    return {text(): value(depth - 1) for _ in range(random.randint(0, 4))}

                STYLES = [{}, {'default_flow_style': True}, {'default_flow_style': False, 'indent': 4}, {'default_style': '"'},
                          {'default_style': "'"}, {'default_style': '|'}, {'default_style': '>'}, {'width': 20}, {'allow_unicode': True},
                          {'canonical': True}, {'explicit_start': True, 'explicit_end': True}, {'line_break': '\r\n', 'allow_unicode': True}]
                results = []
                for index in range(360):
                    shared = value(2)
                    document = [shared, value(3), shared] if index % 3 == 0 else {text(): value(3), 'k': value(2)}
                    file = yaml.safe_dump(document, sort_keys=False, **STYLES[index % len(STYLES)])
                    results.append([file, tagged(yaml.safe_load(file))])
                json.dump(results, sys.stdout)
                """#
        let output = try await Python.run(script, arguments: [String(seed)])
        guard case .array(let results) = try JSONSerializer().document(from: output) else {
            return #expect(Bool(false), "no array")
        }
        #expect(results.count == 360)
        for result in results {
            guard case .array(let pair) = result, case .string(let file) = pair[0] else {
                return #expect(Bool(false), "no file")
            }
            let document = try serializer.document(from: Data(file.utf8))
            let difference = TaggedForm.difference(TaggedForm.of(document, date: tagged), pair[1])
            #expect(difference == nil, "\(file)")
        }
    }

    @Test("We decode the times that PyYAML writes")
    func pythonWritesTimes() async throws {
        let script = """
            import datetime, sys, yaml
            utc = datetime.timezone.utc
            times = [datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=utc), datetime.datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=utc),
                     datetime.datetime(2026, 1, 2, 4, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))]
            sys.stdout.write(yaml.safe_dump(times))
            """
        let dates = try await serializer.decode([Date].self, from: Python.run(script))
        #expect(dates.map(\.timeIntervalSince1970) == [1_767_323_045, 1_767_323_045.25, 1_767_323_045])
    }
}
#endif
