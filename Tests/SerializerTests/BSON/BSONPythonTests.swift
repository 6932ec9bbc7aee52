#if BSON
import Foundation
import TestSupport
import Testing

@testable import Serializers

/// pymongo reads what we write, and we read what it writes.
struct BSONPythonTests {
    private let serializer = BSONSerializer()

    /// The type of a date in pymongo.
    private func tagged(_ date: Date) -> Document {
        switch BSONDate(date) {
        case .milliseconds: TaggedForm.date(date.iso8601 ?? "")
        case .text(let text): TaggedForm.pair("str", text)
        case nil: .null
        }
    }

    @Test("pymongo reads our files as the same values", arguments: [1, 2, 3, 4])
    func pythonReads(seed: UInt64) async throws {
        var generator = DocumentGenerator(seed: seed, kinds: [.nonFiniteFloats, .bytes, .dates])
        let documents = (0..<250).map { index -> Document in
            guard index.isMultiple(of: 3) else { return generator.map() }
            return .map([
                .init("n", .number("\(generator.integer()).\(index)e-\(index)")),
                .init("i", .integer(Int128(index) << 100 / 7)),
            ])
        }
        let files = try documents.map { Document.bytes(try serializer.bytes(of: $0)) }
        let script =
            TaggedForm.python + """

                import bson
                from bson.codec_options import CodecOptions

                def plain(value):
                    if isinstance(value, bson.Decimal128): return value.to_decimal()
                    if isinstance(value, dict): return {name: plain(each) for name, each in value.items()}
                    if isinstance(value, list): return [plain(each) for each in value]
                    return value

                options = CodecOptions(tz_aware=True)
                json.dump([tagged(plain(bson.decode(base64.b64decode(file), options))) for file in json.load(sys.stdin)], sys.stdout)
                """
        let output = try await Python.run(script, input: JSONSerializer().bytes(of: .array(files)))
        guard case .array(let read) = try JSONSerializer().document(from: output) else {
            return #expect(Bool(false), "no array")
        }
        #expect(read.count == documents.count)
        for (index, document) in documents.enumerated() {
            // A map with one member that has an empty name is wrapped.
            var expected = TaggedForm.of(document, date: tagged)
            if case .map(let members) = document, members.map(\.name) == [""] {
                expected = .array([.string("map"), .array([.array([.string(""), expected])])])
            }
            #expect(TaggedForm.difference(read[index], widened(expected)) == nil, "seed \(seed), document \(index)")
        }
    }

    /// In pymongo, integers beyond 64 bits are decimals.
    private func widened(_ tagged: Document) -> Document {
        guard case .array(let elements) = tagged else { return tagged }
        if elements.first == .string("int"), case .string(let digits) = elements[1], Int64(digits) == nil {
            return TaggedForm.of(.number(digits), date: self.tagged)
        }
        return .array(elements.map(widened))
    }

    @Test("We read every type that pymongo writes")
    func pythonWrites() async throws {
        let script = """
            import bson, datetime, re, sys, uuid
            from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
            sys.stdout.buffer.write(bson.encode({
                'null': None, 'true': True, 'int32': -5, 'int64': 2 ** 40, 'Int64': Int64(3), 'float': 0.1, 'nan': float('nan'),
                'text': 'é\\0😀', 'bytes': b'abc', 'old': Binary(b'abc', 2), 'uuid': Binary.from_uuid(uuid.UUID(int=1)),
                'list': [1, [2.0], {}], 'map': {'z': 1, 'a': {'b': None}}, 'id': ObjectId('0123456789abcdef01234567'),
                'date': datetime.datetime(2026, 1, 2, 3, 4, 5, 678000), 'early': datetime.datetime(1, 1, 1),
                'late': datetime.datetime(9999, 12, 31, 23, 59, 59, 999000), 'regex': Regex('a+', 'im'), 'pattern': re.compile('b', re.X),
                'code': Code('f()'), 'scope': Code('g()', {'x': 1}), 'timestamp': Timestamp(7, 8), 'decimal': Decimal128('1.50'),
                'whole': Decimal128('12'), 'infinity': Decimal128('-Infinity'), 'minimum': MinKey(), 'maximum': MaxKey(),
                'ref': DBRef('c', 1),
            }))
            """
        guard case .map(let members) = try await serializer.document(from: Python.run(script)) else {
            return #expect(Bool(false), "no map")
        }
        func map(_ members: (String, Document)...) -> Document { .map(members.map { .init($0.0, $0.1) }) }
        func regex(_ pattern: String, _ options: String) -> Document {
            map(("$regularExpression", map(("pattern", .string(pattern)), ("options", .string(options)))))
        }
        let expected: [(String, Document)] = [
            ("null", .null), ("true", .bool(true)), ("int32", .integer(-5)), ("int64", .integer(1 << 40)),
            ("Int64", .integer(3)),
            ("float", .float(0.1)), ("nan", .float(.nan)), ("text", .string("é\0😀")),
            ("bytes", .bytes(Data("abc".utf8))),
            ("old", .bytes(Data("abc".utf8))), ("uuid", .bytes(Data(repeating: 0, count: 15) + [1])),
            ("list", .array([.integer(1), .array([.float(2)]), .map([])])),
            ("map", map(("z", .integer(1)), ("a", map(("b", .null))))),
            ("id", .string("0123456789abcdef01234567")),
            ("date", .date(Date(timeIntervalSince1970: 1_767_323_045.678))),
            ("early", .date(Date(timeIntervalSince1970: -62_135_596_800))),
            ("late", .date(Date(timeIntervalSince1970: 253_402_300_799.999))),
            ("regex", regex("a+", "im")), ("pattern", regex("b", "ux")), ("code", .string("f()")),
            ("scope", map(("$code", .string("g()")), ("$scope", map(("x", .integer(1)))))),
            ("timestamp", map(("$timestamp", map(("t", .integer(7)), ("i", .integer(8)))))),
            ("decimal", .number("1.50")),
            ("whole", .integer(12)), ("infinity", .float(-.infinity)), ("minimum", map(("$minKey", .integer(1)))),
            ("maximum", map(("$maxKey", .integer(1)))), ("ref", map(("$ref", .string("c")), ("$id", .integer(1)))),
        ]
        #expect(members.map(\.name) == expected.map(\.0))
        for (member, (name, value)) in zip(members, expected) {
            let difference = TaggedForm.difference(
                TaggedForm.of(member.value, date: tagged),
                TaggedForm.of(value, date: tagged)
            )
            #expect(difference == nil, "\(name)")
        }
    }

    @Test("We read generated documents that pymongo writes")
    func pythonWritesMany() async throws {
        let script =
            TaggedForm.python + """

                import bson, random
                random.seed(1)

                def value(depth):
                    kind = random.randint(0, 8 if depth else 6)
                    if kind == 0: return None
                    if kind == 1: return random.random() < 0.5
                    if kind == 2: return random.randint(-2 ** random.randint(1, 63), 2 ** random.randint(1, 63) - 1)
                    if kind == 3: return struct.unpack('>d', struct.pack('>Q', random.getrandbits(62)))[0]
                    if kind == 4: return ''.join(chr(random.choice([0, 65, 233, 0x65E5, 0x1F600])) for _ in range(random.randint(0, 9)))
                    if kind == 5: return random.randbytes(random.randint(0, 300))
                    if kind == 6: return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=random.randint(-2**45, 2**47))
                    if kind == 7: return [value(depth - 1) for _ in range(random.randint(0, 5))]
                    return {'k%d' % index: value(depth - 1) for index in range(random.randint(0, 5))}

                documents = [{'a': value(4), 'b': value(4)} for _ in range(300)]
                json.dump([[base64.b64encode(bson.encode(each)).decode(), tagged(each)] for each in documents], sys.stdout)
                """
        guard case .array(let results) = try await JSONSerializer().document(from: Python.run(script)) else {
            return #expect(Bool(false), "no array")
        }
        #expect(results.count == 300)
        for result in results {
            guard case .array(let pair) = result, case .string(let base64) = pair[0],
                let data = Data(base64Encoded: base64)
            else {
                return #expect(Bool(false), "no file")
            }
            let document = try serializer.document(from: data)
            #expect(TaggedForm.difference(TaggedForm.of(document, date: tagged), pair[1]) == nil)
            // Only the widths of integers could differ from pymongo's, but they don't.
            #expect(try serializer.bytes(of: document) == data)
        }
    }
}
#endif
