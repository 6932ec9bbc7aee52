import Foundation
import Serializers
import Testing

/// All features of `Codable`, in every format.
struct CodableCoverageTests {
    private func expectRoundTrip<Value: Codable & Equatable>(
        _ value: Value,
        with subject: SerializerUnderTest,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let data = try subject.serializer.encode(value)
        let again = try subject.serializer.decode(Value.self, from: data)
        #expect(again == value, sourceLocation: sourceLocation)
        #expect(try subject.serializer.encode(again) == data, sourceLocation: sourceLocation)
    }

    @Test("Every integer width keeps its bounds", arguments: SerializerUnderTest.all)
    func integers(_ subject: SerializerUnderTest) throws {
        func expectBounds<I: FixedWidthInteger & Codable>(_ type: I.Type) throws {
            guard !subject.limits.contains(.limitedIntegers) || I.bitWidth <= 64 else {
                let error = #expect(throws: SerializationError.self) { try subject.serializer.encode([0, I.max]) }
                #expect(error?.code == .unrepresentable)
                #expect(error?.path == [.index(1)])
                return try expectRoundTrip([I(UInt64.max), I(UInt64.max) << 40, 0], with: subject)
            }
            try expectRoundTrip([I.min, I.min + 1, 0, 1, I.max - 1, I.max], with: subject)
            try expectRoundTrip(I.max, with: subject)
        }
        try expectBounds(Int8.self)
        try expectBounds(Int16.self)
        try expectBounds(Int32.self)
        try expectBounds(Int64.self)
        try expectBounds(Int128.self)
        try expectBounds(Int.self)
        try expectBounds(UInt8.self)
        try expectBounds(UInt16.self)
        try expectBounds(UInt32.self)
        try expectBounds(UInt64.self)
        try expectBounds(UInt128.self)
        try expectBounds(UInt.self)
    }

    @Test("An integer that does not fit is an error with its path", arguments: SerializerUnderTest.all)
    func integerRange(_ subject: SerializerUnderTest) throws {
        func expectRefusal<I: FixedWidthInteger & Codable>(of value: Int128, as type: I.Type) throws {
            let data = try subject.serializer.encode(["numbers": [0, value]])
            let error = #expect(throws: SerializationError.self) {
                try subject.serializer.decode([String: [I]].self, from: data)
            }
            #expect(error?.code == .mismatch)
            #expect(error?.path == [.member("numbers"), .index(1)])
            #expect(error?.message.contains("does not fit") == true)
        }
        try expectRefusal(of: 128, as: Int8.self)
        try expectRefusal(of: -129, as: Int8.self)
        try expectRefusal(of: 256, as: UInt8.self)
        try expectRefusal(of: -1, as: UInt8.self)
        try expectRefusal(of: 1 << 15, as: Int16.self)
        try expectRefusal(of: 1 << 16, as: UInt16.self)
        try expectRefusal(of: 1 << 31, as: Int32.self)
        try expectRefusal(of: 1 << 32, as: UInt32.self)
        try expectRefusal(of: 1 << 63, as: Int64.self)
        try expectRefusal(of: 1 << 64, as: UInt64.self)
        try expectRefusal(of: 1 << 63, as: Int.self)
        try expectRefusal(of: -1, as: UInt.self)
        try expectRefusal(of: -1, as: UInt128.self)
    }

    @Test("Finite floats are read back exactly, including negative zero", arguments: SerializerUnderTest.all)
    func finiteFloats(_ subject: SerializerUnderTest) throws {
        let doubles = [
            0, -0.0, 1, -1, 0.1, 1.0 / 3, .pi, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
            9_007_199_254_740_992, 1e21, 1e22, 1e23, 123_456_789_012_345_680, 1e-7, 65504, 65520, 0x1p-24, 0x1p-25,
        ]
        let data = try subject.serializer.encode(doubles)
        let again = try subject.serializer.decode([Double].self, from: data)
        #expect(again.map(\.bitPattern) == doubles.map(\.bitPattern))

        let floats: [Float] = [
            0, -0.0, 0.1, 1.0 / 3, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 16_777_216,
        ]
        let floatData = try subject.serializer.encode(floats)
        let floatsAgain = try subject.serializer.decode([Float].self, from: floatData)
        #expect(floatsAgain.map(\.bitPattern) == floats.map(\.bitPattern))
    }

    @Test("Infinities and NaN are read back, or are an error with the path", arguments: SerializerUnderTest.all)
    func nonFiniteFloats(_ subject: SerializerUnderTest) throws {
        for value in [Double.infinity, -.infinity, .nan] {
            guard subject.limits.contains(.finiteNumbers) else {
                let data = try subject.serializer.encode(["a": [1, value]])
                let again = try subject.serializer.decode([String: [Double]].self, from: data)["a"]?.last
                #expect(again == value || (again?.isNaN == true && value.isNaN))
                continue
            }
            let error = #expect(throws: SerializationError.self) {
                try subject.serializer.encode(["a": [1, value]])
            }
            #expect(error?.code == .unrepresentable)
            #expect(error?.path == [.member("a"), .index(1)])
        }
    }

    @Test("A float that is too large for Float is an error", arguments: SerializerUnderTest.all)
    func floatRange(_ subject: SerializerUnderTest) throws {
        let data = try subject.serializer.encode([1e39])
        let error = #expect(throws: SerializationError.self) {
            try subject.serializer.decode([Float].self, from: data)
        }
        #expect(error?.code == .mismatch)
        #expect(error?.path == [.index(0)])
    }

    @Test("Dates are read back exactly", arguments: SerializerUnderTest.all)
    func dates(_ subject: SerializerUnderTest) throws {
        let intervals: [Double] = [
            0, 0.25, -0.25, 0.1, -0.1, 1, -1, 1e-9, -1e-9, 721_692_800.123, 721_692_800.1229999, 978_307_200.000001,
            1.5e9,
            -978_307_200, -978_307_200.5, -978_307_199.5, 123_456_789.123_456_78, -62_135_769_600, 63_113_904_000,
        ]
        var dates = intervals.map(Date.init(timeIntervalSinceReferenceDate:)) + [.distantPast, .distantFuture]
        dates += [0.001, 1_700_000_000.123, 1_700_000_000.999999, -0.001].map(Date.init(timeIntervalSince1970:))
        try expectRoundTrip(dates, with: subject)
        try expectRoundTrip(dates[0], with: subject)
        try expectRoundTrip([dates[1]: dates[2]], with: subject)
    }

    @Test("Data, URLs, UUIDs and decimals are read back exactly", arguments: SerializerUnderTest.all)
    func foundationTypes(_ subject: SerializerUnderTest) throws {
        try expectRoundTrip([Data(), Data([0]), Data(0...255)], with: subject)
        try expectRoundTrip(Data([1, 2, 3]), with: subject)
        let base = try #require(URL(string: "https://example.com/a/b"))
        let urls = try [
            "https://example.com/?q=%20#f", "file:///tmp/x", "mailto:a@example.com", "urn:a:b", "relative/path",
        ].map {
            try #require(URL(string: $0))
        }
        try expectRoundTrip(urls, with: subject)
        try expectRoundTrip(urls[0], with: subject)
        try expectRoundTrip(try #require(URL(string: "c?d", relativeTo: base)), with: subject)
        try expectRoundTrip([UUID(), UUID()], with: subject)
        let decimals = try ["0", "1", "-1", "0.1", "1.50", "12345678901234567890.123456789012", "-0.000001"].map {
            try #require(Decimal(string: $0))
        }
        try expectRoundTrip(decimals, with: subject)
        try expectRoundTrip(decimals[3], with: subject)
    }

    @Test("Enums with payloads and dictionaries with keys of all kinds", arguments: SerializerUnderTest.all)
    func enumsAndDictionaries(_ subject: SerializerUnderTest) throws {
        enum Shape: Codable, Hashable {
            case point
            case circle(radius: Double)
            case pair(Int, Int)
            indirect case nested(Shape, label: String?)
        }
        enum Raw: String, Codable, CodingKeyRepresentable { case one, two }
        try expectRoundTrip(
            [
                Shape.point, .circle(radius: 1.5), .pair(1, -1), .nested(.point, label: nil),
                .nested(.pair(0, 0), label: "a"),
            ],
            with: subject
        )
        try expectRoundTrip(Shape.point, with: subject)
        try expectRoundTrip([Raw.one, .two], with: subject)
        try expectRoundTrip(["": 1, "a": 2, "\u{1F600}": 3, "with \"quotes\"": 4], with: subject)
        try expectRoundTrip([Int.min: "a", 0: "b", Int.max: "c"], with: subject)
        try expectRoundTrip([true: 1], with: subject)
        try expectRoundTrip([[1, 2]: "a"], with: subject)
        try expectRoundTrip([Raw.one: 1], with: subject)
    }

    @Test("Equal dictionaries and sets give equal bytes", arguments: SerializerUnderTest.all)
    func unorderedCollections(_ subject: SerializerUnderTest) throws {
        struct Unordered: Codable, Hashable {
            var names: [String: Int] = [:]
            var pairs: [[Int]: Set<String>] = [:]
            var dates: Set<Date> = []
        }
        func collect(_ numbers: some Sequence<Int>, capacity: Int) -> Unordered {
            var value = Unordered()
            value.names.reserveCapacity(capacity)
            value.pairs.reserveCapacity(capacity)
            value.dates.reserveCapacity(capacity)
            for number in numbers {
                value.names["\(number)"] = number
                value.pairs[[number]] = ["a\(number)", "b", "c"]
                value.dates.insert(Date(timeIntervalSinceReferenceDate: Double(number)))
            }
            return value
        }
        let first = collect(0..<20, capacity: 0)
        let second = collect((0..<20).reversed(), capacity: 1000)
        #expect(first == second)
        #expect(try subject.serializer.encode(first) == subject.serializer.encode(second))
        try expectRoundTrip(first, with: subject)
    }

    @Test("Optionals and nulls in every position", arguments: SerializerUnderTest.all)
    func optionals(_ subject: SerializerUnderTest) throws {
        struct Optionals: Codable, Equatable {
            var absent: Int?
            var present: Int?
            var list: [String?]
            var byName: [String: Bool?]
            var inner: [[Int?]?]
        }
        try expectRoundTrip(
            Optionals(
                absent: nil,
                present: 1,
                list: [nil, "", nil],
                byName: ["a": nil, "b": true],
                inner: [nil, [], [nil, 1]]
            ),
            with: subject
        )
        try expectRoundTrip(Int?.none, with: subject)
        try expectRoundTrip(Int?.some(1), with: subject)
        // A null member and a missing one are both nil.
        let data = try subject.serializer.bytes(
            of: .map([
                .init("absent", .null), .init("list", .array([])), .init("byName", .map([])),
                .init("inner", .array([])),
            ])
        )
        let decoded = try subject.serializer.decode(Optionals.self, from: data)
        #expect(decoded == Optionals(absent: nil, present: nil, list: [], byName: [:], inner: []))
    }

    @Test("Single values can be the root", arguments: SerializerUnderTest.all)
    func singleValues(_ subject: SerializerUnderTest) throws {
        try expectRoundTrip(true, with: subject)
        try expectRoundTrip(42, with: subject)
        try expectRoundTrip(-1.5, with: subject)
        try expectRoundTrip("text", with: subject)
        try expectRoundTrip("", with: subject)
        try expectRoundTrip([1, 2, 3], with: subject)
        try expectRoundTrip(UUID(), with: subject)
    }

    @Test("Everything can be empty", arguments: SerializerUnderTest.all)
    func emptyValues(_ subject: SerializerUnderTest) throws {
        struct Empty: Codable, Equatable {}
        struct Silent: Codable, Equatable {
            init() {}
            init(from decoder: any Decoder) {}
            func encode(to encoder: any Encoder) {}
        }
        try expectRoundTrip(Empty(), with: subject)
        try expectRoundTrip(Silent(), with: subject)
        try expectRoundTrip([Empty(), Empty()], with: subject)
        try expectRoundTrip([Int](), with: subject)
        try expectRoundTrip([String: Int](), with: subject)
        try expectRoundTrip([[[Int]]](arrayLiteral: [], [[]]), with: subject)
        try expectRoundTrip(["": [String: Int]()], with: subject)
        try expectRoundTrip(Data(), with: subject)
    }

    @Test(
        "Containers are nested by hand, filled out of order, and passed to superclasses",
        arguments: SerializerUnderTest.all
    )
    func nestedContainers(_ subject: SerializerUnderTest) throws {
        try expectRoundTrip(HandNested(a: 1, b: ["x", "y"], c: [1, 2], d: true), with: subject)
        let child = Child()
        (child.base, child.name) = (7, "child")
        let data = try subject.serializer.encode(child)
        let again = try subject.serializer.decode(Child.self, from: data)
        #expect(again.base == 7)
        #expect(again.name == "child")
        #expect(again.list == [1, 2, 3])
    }

    @Test(
        "Unknown members are ignored; of members with the same name, the last counts",
        arguments: SerializerUnderTest.all
    )
    func unknownAndDuplicateMembers(_ subject: SerializerUnderTest) throws {
        struct Known: Codable, Equatable { var a: Int }
        let unknown = Document.map([
            .init("z", .array([.map([.init("a", .integer(3))])])), .init("a", .integer(1)), .init("b", .null),
        ])
        let data = try subject.serializer.bytes(of: unknown)
        #expect(try subject.serializer.decode(Known.self, from: data) == Known(a: 1))

        // Many members are looked up by an index, few are not.
        for count in [0, 40] {
            let others = (0..<count).map { Document.Member("other\($0)", .null) }
            let members = [Document.Member("a", .integer(1))] + others + [Document.Member("a", .integer(2))]
            let data = try subject.serializer.bytes(of: .map(members))
            #expect(try subject.serializer.document(from: data) == .map(members))
            #expect(try subject.serializer.decode(Known.self, from: data) == Known(a: 2))
        }
    }

    @Test(
        "A member that is set twice is written once, with the last value",
        arguments: SerializerUnderTest.all
    )
    func membersSetTwice(_ subject: SerializerUnderTest) throws {
        struct Twice: Encodable {
            let count: Int
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: AnyKey.self)
                for index in 0..<count { try container.encode(index, forKey: AnyKey("a\(index)")) }
                try container.encode("last", forKey: AnyKey("a0"))
            }
        }
        for count in [1, 3, 40] {
            let document = try subject.serializer.document(from: subject.serializer.encode(Twice(count: count)))
            guard case .map(let members) = document else {
                Issue.record("expected a map")
                continue
            }
            #expect(members.count == count)
            #expect(document["a0"] == .string("last"))
        }
    }

    @Test("A document within a value is kept unchanged", arguments: SerializerUnderTest.all)
    func documents(_ subject: SerializerUnderTest) throws {
        struct Holder: Codable, Equatable {
            var name: String
            var tree: Document
            var list: [Document]
        }
        let tree = Document.map([
            .init("z", .integer(1)), .init("a", .array([.null, .bool(true), .string("x"), .float(0.5)])),
            .init("m", .map([])),
        ])
        try expectRoundTrip(Holder(name: "n", tree: tree, list: [.null, tree, .integer(3)]), with: subject)
        let data = try subject.serializer.encode(Holder(name: "n", tree: tree, list: []))
        #expect(try subject.serializer.document(from: data)["tree"] == tree)
        // Another coder can hold it too.
        let encoded = try JSONEncoder().encode(Holder(name: "n", tree: tree, list: []))
        let decoded = try JSONDecoder().decode(Holder.self, from: encoded)
        #expect(decoded.tree["a"] == tree["a"])
        #expect(decoded.tree["z"] == .integer(1))
    }

    @Test("Errors when reading carry the path, the position and the cause", arguments: SerializerUnderTest.all)
    func decodingErrors(_ subject: SerializerUnderTest) throws {
        struct Inner: Codable { var value: Int }
        struct Outer: Codable { var list: [Inner] }
        func error(for document: Document) throws -> SerializationError? {
            let data = try subject.serializer.bytes(of: document)
            return #expect(throws: SerializationError.self) { try subject.serializer.decode(Outer.self, from: data) }
        }
        func outer(_ value: Document) -> Document {
            .map([.init("list", .array([.map([.init("value", .integer(0))]), value]))])
        }

        let mismatch = try error(for: outer(.map([.init("value", .string("text"))])))
        #expect(mismatch?.code == .mismatch)
        #expect(mismatch?.path == [.member("list"), .index(1), .member("value")])
        #expect(mismatch?.position != nil)
        #expect(mismatch?.underlyingError is DecodingError)

        let missing = try error(for: outer(.map([.init("other", .null)])))
        #expect(missing?.code == .mismatch)
        #expect(missing?.path == [.member("list"), .index(1)])
        #expect(missing?.position != nil)
        #expect(missing?.message.contains("'value'") == true)

        let null = try error(for: outer(.map([.init("value", .null)])))
        #expect(null?.path == [.member("list"), .index(1), .member("value")])
        #expect(null?.message.contains("null") == true)

        let wrongKind = try error(for: .map([.init("list", .map([]))]))
        #expect(wrongKind?.path == [.member("list")])
        #expect(wrongKind?.message.contains("expected an array, found a map") == true)
    }

    @Test("Errors of init(from:) and encode(to:) are underlying errors", arguments: SerializerUnderTest.all)
    func errorsOfTheValue(_ subject: SerializerUnderTest) throws {
        struct Failure: Error, Equatable {}
        struct Failing: Codable {
            init() {}
            init(from decoder: any Decoder) throws { throw Failure() }
            func encode(to encoder: any Encoder) throws { throw Failure() }
        }
        let encoding = #expect(throws: SerializationError.self) { try subject.serializer.encode(Failing()) }
        #expect(encoding?.code == .unrepresentable)
        #expect(encoding?.underlyingError is Failure)
        let data = try subject.serializer.encode([String: Int]())
        let decoding = #expect(throws: SerializationError.self) {
            try subject.serializer.decode(Failing.self, from: data)
        }
        #expect(decoding?.code == .mismatch)
        #expect(decoding?.underlyingError is Failure)
    }

    @Test("Reading beyond the end of an array is an error", arguments: SerializerUnderTest.all)
    func elementsBehindTheEnd(_ subject: SerializerUnderTest) throws {
        struct Greedy: Decodable {
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                #expect(container.count == 1)
                #expect(try container.decodeNil() == false)
                #expect(try container.decode(Int.self) == 1)
                #expect(container.isAtEnd)
                _ = try container.decode(Int.self)
            }
        }
        let data = try subject.serializer.encode([1])
        let error = #expect(throws: SerializationError.self) { try subject.serializer.decode(Greedy.self, from: data) }
        #expect(error?.code == .mismatch)
    }

    @Test("Ten thousand members in one map", arguments: SerializerUnderTest.all)
    func largeMaps(_ subject: SerializerUnderTest) throws {
        let large = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("name\($0)", $0) })
        let data = try subject.serializer.encode(large)
        #expect(try subject.serializer.decode([String: Int].self, from: data) == large)
    }
}
