#if MongoDB
internal import Foundation

/// A value in a command or in a document that is written.
enum CommandValue: Sendable {
    case string(String)
    case integer(Int)
    case bool(Bool)
    /// A date, in whole milliseconds.
    case date(Date)
    case bytes(Data)
    case map([(name: String, value: CommandValue)])
    case array([CommandValue])
    /// The bytes of a BSON document, which are copied unchanged.
    case document(Data)
}

extension CommandValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: CommandValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, CommandValue)...) {
        self = .map(elements.map { (name: $0.0, value: $0.1) })
    }
}

extension CommandValue {
    /// The BSON document of a map.
    var bson: Data {
        var bytes = Data()
        append(to: &bytes)
        return bytes
    }

    private var type: UInt8 {
        switch self {
        case .string: 0x02
        case .map, .document: 0x03
        case .array: 0x04
        case .bytes: 0x05
        case .bool: 0x08
        case .date: 0x09
        case .integer(let value): Int32(exactly: value) == nil ? 0x12 : 0x10
        }
    }

    private func append(to bytes: inout Data) {
        switch self {
        case .string(let text):
            bytes.append(littleEndian: Int32(text.utf8.count + 1))
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        case .integer(let value):
            if let value = Int32(exactly: value) {
                bytes.append(littleEndian: value)
            } else {
                bytes.append(littleEndian: Int64(value))
            }
        case .bool(let value):
            bytes.append(value ? 1 : 0)
        case .date(let date):
            bytes.append(littleEndian: date.milliseconds)
        case .bytes(let data):
            bytes.append(littleEndian: Int32(data.count))
            bytes.append(0)
            bytes.append(data)
        case .document(let document):
            bytes.append(document)
        case .map(let members):
            Self.append(members, to: &bytes)
        case .array(let elements):
            Self.append(elements.enumerated().map { (name: String($0.offset), value: $0.element) }, to: &bytes)
        }
    }

    private static func append(_ members: [(name: String, value: CommandValue)], to bytes: inout Data) {
        let start = bytes.count
        bytes.append(littleEndian: Int32(0))
        for member in members {
            bytes.append(member.value.type)
            bytes.append(contentsOf: member.name.utf8)
            bytes.append(0)
            member.value.append(to: &bytes)
        }
        bytes.append(0)
        var length = Data()
        length.append(littleEndian: Int32(bytes.count - start))
        bytes.replaceSubrange(start..<(start + 4), with: length)
    }
}

extension Data {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        for index in 0..<(value.bitWidth / 8) { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}

extension Date {
    /// Makes a date from the milliseconds since 1970.
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// The milliseconds since 1970, rounded, and limited to the years that all drivers can read.
    var milliseconds: Int64 {
        Int64((timeIntervalSince1970 * 1000).rounded().clamped(to: -62_135_596_800_000...253_402_300_799_999))
    }
}

extension Double {
    fileprivate func clamped(to limits: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, limits.lowerBound), limits.upperBound)
    }
}
#endif
