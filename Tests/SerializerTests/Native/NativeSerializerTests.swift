import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

/// The native format of each kind of value.
struct NativeSerializerTests {
    private let serializer = NativeSerializer()

    @Test(
        "Numbers by their spelling are written exactly",
        arguments: [
            ("1.5", "c482200f"), ("1.50", "c482200f"), ("-0.001", "c4822220"), ("1e3", "c4820301"), ("0.0", "c4820000"),
            ("42", "182a"), ("-0", "f98000"),
            ("18446744073709551616", "c249010000000000000000"), ("-18446744073709551617", "c349010000000000000000"),
            ("1E+2", "c4820201"),
            ("340282366920938463463374607431768211456", "c25101 00000000000000000000000000000000"),
            ("-340282366920938463463374607431768211457", "c35101 00000000000000000000000000000000"),
            ("-340282366920938463463374607431768211456", "c350 ffffffffffffffffffffffffffffffff"),
            ("1e9223372036854775807", "c4821b7fffffffffffffff01"), ("1000000", "1a000f4240"),
        ]
    )
    func numbers(_ spelling: String, _ hex: String) throws {
        #expect(try serializer.bytes(of: .number(spelling)) == Data(hex: hex))
    }

    @Test(
        "Invalid numbers, and numbers too large for CBOR, are an error with the path",
        arguments: ["", "a", "01", "1.", "1e9223372036854775808", "NaN"]
    )
    func badNumbers(_ spelling: String) throws {
        let document = Document.map([.init("a", .number(spelling))])
        let error = #expect(throws: SerializationError.self) { try serializer.bytes(of: document) }
        #expect(error?.code == .unrepresentable)
        #expect(error?.path == [.member("a")])
    }

    @Test("Dates are read back exactly in every form")
    func dates() throws {
        let seconds: [(Double, String)] = [
            (0, "c1 1a 3a4fc880"), (-978_307_200, "c1 00"), (-978_307_201, "c1 20"), (-978_307_199.5, "c1 f93800"),
            // Seconds since 1970 would round these, so they are text.
            (1e-9, "c0 78 1e 323030312d30312d30315430303a30303a30302e3030303030303030315a"),
        ]
        for (interval, hex) in seconds {
            let date = Date(timeIntervalSinceReferenceDate: interval)
            #expect(try serializer.bytes(of: .date(date)) == Data(hex: hex))
            #expect(try serializer.document(from: Data(hex: hex)) == .date(date))
        }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let date = Date(timeIntervalSinceReferenceDate: Double.random(in: -1e9...2e9, using: &random))
            let data = try serializer.bytes(of: .date(date))
            #expect(try serializer.document(from: data) == .date(date))
            var reader = CBORReader()
            #expect(try reader.readDate(in: data.span) == date)
        }
        for interval in [Double.infinity, -.infinity, 1e300, 1e15] {
            let date = Date(timeIntervalSinceReferenceDate: interval)
            #expect(try serializer.document(from: serializer.bytes(of: .date(date))) == .date(date))
        }
    }

    @Test("Mismatches have the offset")
    func mismatchPositions() throws {
        struct Row: Codable { var id: Int8 }
        // {"rows": 9([{_ "x": 1, "id": 300}])}
        let data = Data(hex: "a1 64726f7773 c9 81 bf 6178 01 626964 19012c ff")
        let error = #expect(throws: SerializationError.self) { try serializer.decode([String: [Row]].self, from: data) }
        #expect(error?.path.pathDescription == "rows[0].id")
        #expect(error?.position?.offset == 15)
        #expect(error?.position?.line == nil)
        #expect(serializer.position(of: [.member("rows"), .index(1)], in: data) == nil)
        #expect(serializer.position(of: [.member("none")], in: data) == nil)
        #expect(serializer.position(of: [.member("rows"), .member("x")], in: data) == nil)
    }

    @Test("Bytes of a decoded value start at index zero and are not a slice of the file")
    func bytesAreCopied() throws {
        let data = try serializer.encode(["a": Data([1, 2, 3])])
        let bytes = try serializer.decode([String: Data].self, from: data)["a"]
        #expect(bytes?.startIndex == 0)
        let slice = (Data([0, 0]) + data)[2...]
        #expect(try serializer.decode([String: Data].self, from: slice) == ["a": Data([1, 2, 3])])
    }

    @Test("cbor2 reads the same values")
    func pythonReads() async throws {
        let script = """
            import cbor2, sys, datetime, decimal
            from fractions import Fraction
            def show(v):
                if v is None: return "null"
                if isinstance(v, bool): return "true" if v else "false"
                if isinstance(v, int): return "i%d" % v
                if isinstance(v, float): return "f" + v.hex()
                if isinstance(v, str): return "s" + v.encode("utf-8").hex()
                if isinstance(v, bytes): return "b" + v.hex()
                if isinstance(v, decimal.Decimal):
                    sign, digits, exponent = v.as_tuple()
                    return "n%s%sE%d" % ("-" if sign else "", "".join(map(str, digits)), exponent)
                if isinstance(v, datetime.datetime): return "d%d" % round(v.timestamp())
                if isinstance(v, dict): return "{" + ",".join(show(k) + ":" + show(x) for k, x in v.items()) + "}"
                return "[" + ",".join(map(show, v)) + "]"
            for item in cbor2.load(sys.stdin.buffer): print(show(cbor2.loads(item)))
            """
        let documents = (1...200 as ClosedRange<UInt64>).map { seed in
            // Python keeps one of equal names, and its years are 1 to 9999.
            var generator = DocumentGenerator(seed: seed, kinds: [.nonFiniteFloats, .bytes, .numbers, .wideIntegers])
            return generator.document()
        }
        let dates = [0, 1_700_000_000, -1.0, 1_363_896_240.5].map { Document.date(Date(timeIntervalSince1970: $0)) }
        let all = documents + dates
        let items = try all.map { Document.bytes(try serializer.bytes(of: $0)) }
        let output = try await Python.run(script, input: serializer.bytes(of: .array(items)))
        let shown = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(shown.count == all.count)
        for (document, line) in zip(all, shown) { #expect(document.shownLikeCBOR2 == line) }
    }

    @Test("Files of cbor2 are read as the same values")
    func pythonWrites() async throws {
        let script = """
            import cbor2, sys, datetime, decimal, uuid
            utc = datetime.timezone.utc
            moment = datetime.datetime(2023, 11, 14, 22, 13, 20, 250000, utc)
            value = {
                "null": None, "undefined": cbor2.undefined, "true": True, "small": 23, "big": 2**64, "bigger": -2**200, "half": 1.5,
                "double": 0.1, "infinity": float("-inf"), "text": "é😀", "bytes": b"\\x00\\xff", "array": [1, [2, []]], "map": {1: "one", -5: {}},
                "decimal": decimal.Decimal("273.150"), "uuid": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"), "moment": moment,
                "set": {7}, "simple": cbor2.CBORSimpleValue(99), "tagged": cbor2.CBORTag(4242, ["x"]),
            }
            sys.stdout.buffer.write(cbor2.dumps([cbor2.dumps(value), cbor2.dumps(value, canonical=True), cbor2.dumps(moment, datetime_as_timestamp=True)]))
            """
        guard case .array(let items) = try await serializer.document(from: Python.run(script)) else {
            Issue.record("expected an array")
            return
        }
        let moment = Document.date(Date(timeIntervalSince1970: 1_700_000_000.25))
        let expected: [String: Document] = [
            "null": .null, "undefined": .null, "true": .bool(true), "small": .integer(23), "big": .integer(1 << 64),
            "bigger": .number("-1606938044258990275541962092341162602522202993782792835301376"), "half": .float(1.5),
            "double": .float(0.1),
            "infinity": .float(-.infinity), "text": .string("é😀"), "bytes": .bytes(Data([0, 0xFF])),
            "array": .array([.integer(1), .array([.integer(2), .array([])])]),
            "decimal": .number("273.150"), "uuid": .string("00112233-4455-6677-8899-AABBCCDDEEFF"), "moment": moment,
            "set": .array([.integer(7)]), "simple": .null, "tagged": .array([.string("x")]),
        ]
        for item in items.prefix(2) {
            guard case .bytes(let data) = item else { continue }
            let document = try serializer.document(from: data)
            for (name, value) in expected { #expect(document[name] == value, "\(name)") }
            #expect(document["map"]?["1"] == .string("one"))
            #expect(document["map"]?["-5"] == .map([]))
        }
        guard case .bytes(let data) = items.last else { return }
        #expect(items.count == 3)
        #expect(try serializer.document(from: data) == moment)
    }
}

extension Document {
    /// This document in the form that the python script of the tests prints.
    fileprivate var shownLikeCBOR2: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return "i\(value)"
        case .float(let value): return "f\(value.shownLikePython)"
        case .string(let value): return "s" + Data(value.utf8).hex
        case .bytes(let value): return "b" + value.hex
        case .date(let value): return "d\(Int(value.timeIntervalSince1970.rounded(.toNearestOrEven)))"
        case .number(let spelling):
            guard let point = spelling.firstIndex(where: { $0 == "." || $0 == "e" }) else { return "i" + spelling }
            let rest = spelling[spelling.index(after: point)...]
            return spelling[point] == "e"
                ? "n\(spelling[..<point])E\(rest)" : "n\(spelling[..<point])\(rest)E-\(rest.count)"
        case .array(let elements): return "[" + elements.map(\.shownLikeCBOR2).joined(separator: ",") + "]"
        case .map(let members):
            return "{"
                + members.map { Document.string($0.name).shownLikeCBOR2 + ":" + $0.value.shownLikeCBOR2 }.joined(
                    separator: ","
                ) + "}"
        case .json: return "?"
        }
    }
}
