import Foundation
import TestSupport

/// A value with a property of every kind that `Codable` types can have.
struct GeneratedRecord: Codable, Hashable {
    enum Shape: Codable, Hashable {
        case point
        case circle(radius: Double)
        case polygon([Int], name: String?)
        indirect case group(Shape, Shape)
    }

    var flag: Bool
    var int8: Int8
    var int16: Int16
    var int32: Int32
    var int64: Int64
    var int128: Int128
    var uint8: UInt8
    var uint16: UInt16
    var uint32: UInt32
    var uint64: UInt64
    var uint128: UInt128
    var float: Float
    var double: Double
    var text: String
    var date: Date
    var data: Data
    var url: URL
    var decimal: Decimal
    var uuid: UUID
    var absent: Int?
    var present: String?
    var gaps: [Double?]
    var shapes: [Shape]
    var byName: [String: Int]
    var byNumber: [Int: String]
    var byID: [UUID: Bool]
    var children: [GeneratedRecord]
}

extension GeneratedRecord {
    init(seed: UInt64, kinds: DocumentGenerator.Kinds) {
        var generator = DocumentGenerator(seed: seed, kinds: kinds)
        self.init(using: &generator, depth: 2)
    }

    init(using generator: inout DocumentGenerator, depth: Int) {
        func integer<I: FixedWidthInteger>(_ type: I.Type = I.self) -> I {
            guard generator.kinds.contains(.wideIntegers) || I.bitWidth <= 64 else {
                return I(UInt64(truncatingIfNeeded: generator.integer()))
            }
            return [I.min, I.max, 0, 1].randomElement(using: &generator.random).flatMap {
                Bool.random(using: &generator.random) ? $0 : nil
            } ?? I(truncatingIfNeeded: generator.integer())
        }
        func uuid() -> UUID {
            let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator.random) }
            let digits = bytes.map { String(format: "%02x", $0) }.joined()
            let groups = [digits.prefix(8), digits.dropFirst(8).prefix(4), digits.dropFirst(12).prefix(4)]
            let rest = digits.dropFirst(16)
            return UUID(uuidString: (groups + [rest.prefix(4), rest.dropFirst(4)]).joined(separator: "-")) ?? UUID()
        }
        func finite() -> Double {
            let value = generator.float()
            return value.isFinite ? value : 1.5
        }
        func shape(depth: Int) -> Shape {
            switch Int.random(in: 0..<(depth > 0 ? 4 : 3), using: &generator.random) {
            case 0: .point
            case 1: .circle(radius: finite())
            case 2:
                .polygon(
                    [integer(), integer()],
                    name: Bool.random(using: &generator.random) ? generator.string() : nil
                )
            default: .group(shape(depth: depth - 1), shape(depth: depth - 1))
            }
        }
        flag = Bool.random(using: &generator.random)
        int8 = integer()
        int16 = integer()
        int32 = integer()
        int64 = integer()
        int128 = integer()
        uint8 = integer()
        uint16 = integer()
        uint32 = integer()
        uint64 = integer()
        uint128 = integer()
        float = Float(Int.random(in: -1000...1000, using: &generator.random)) / 7
        double = finite()
        text = generator.string()
        date = generator.date()
        data = generator.bytes()
        url = URL(filePath: "/").appending(path: "a\(integer(UInt16.self))")
        decimal = Decimal(integer(Int64.self)) / 10_000
        self.uuid = uuid()
        absent = nil
        present = generator.string()
        gaps = [finite(), nil, finite()]
        shapes = (0..<3).map { _ in shape(depth: 2) }
        byName = Dictionary([(generator.name(), integer()), ("a", 1)]) { $1 }
        byNumber = Dictionary([(integer(), generator.string()), (-1, "")]) { $1 }
        byID = [uuid(): true, uuid(): false]
        children = []
        if depth > 0 {
            children = (0..<2).map { _ in GeneratedRecord(using: &generator, depth: depth - 1) }
        }
    }
}
