import Foundation

@testable import Serializers

/// Documents as JSON that python also writes, in which values of different types always differ.
enum TaggedForm {
    /// The value as `[type, text]`, `["list", […]]` or `["map", [[name, value], …]]`.
    ///
    /// - Parameters:
    ///   - document: The value.
    ///   - date: How the format represents a date.
    /// - Returns: The form.
    static func of(_ document: Document, date: (Date) -> Document) -> Document {
        switch document {
        case .null: pair("null", "")
        case .bool(let value): pair("bool", value ? "true" : "false")
        case .integer(let value): pair("int", String(value))
        case .float(let value): pair("float", value.isNaN ? "nan" : String(value.bitPattern, radix: 16))
        case .number(let spelling): pair("number", canonical(spelling))
        case .string(let text): pair("str", text)
        case .bytes(let data):
            pair("bytes", data.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        case .date(let value): date(value)
        case .array(let elements): .array([.string("list"), .array(elements.map { of($0, date: date) })])
        case .map(let members):
            .array([
                .string("map"),
                .array(members.map { .array([.string($0.name), of($0.value, date: date)]) }),
            ])
        case .json(let text): (try? text.document()).map { of($0, date: date) } ?? .null
        }
    }

    /// A UTC time in ISO 8601, with six fraction digits as in python.
    static func date(_ iso8601: String) -> Document {
        let parts = iso8601.dropLast().split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return pair("date", "\(parts[0]).\(fraction)\(String(repeating: "0", count: max(0, 6 - fraction.count)))")
    }

    static func pair(_ type: String, _ text: String) -> Document { .array([.string(type), .string(text)]) }

    /// The digits and the exponent of a decimal number, as in python's `Decimal.normalize`.
    private static func canonical(_ spelling: String) -> String {
        guard let number = DecimalNumber(spelling) else { return spelling }
        return "\(number.isNegative ? "-" : "")\(String(decoding: number.digits, as: UTF8.self))e\(number.exponent)"
    }

    /// Describes where two values begin to differ; `nil` if they are equal.
    static func difference(_ left: Document, _ right: Document, at path: String = "") -> String? {
        if case .array(let left) = left, case .array(let right) = right, left.count == right.count {
            for (index, pair) in zip(left, right).enumerated() {
                if let found = difference(pair.0, pair.1, at: "\(path)[\(index)]") { return found }
            }
            return nil
        }
        // Strings are equal if they look equal, but here their bytes must be equal.
        if case .string(let left) = left, case .string(let right) = right, left.utf8.elementsEqual(right.utf8) {
            return nil
        }
        return "\(path): \(left) and \(right)"
    }

    /// The form in python: `tagged(value)`.
    static let python = """
        import base64, datetime, decimal, json, struct, sys

        def tagged(value):
            if value is None: return ['null', '']
            if isinstance(value, bool): return ['bool', 'true' if value else 'false']
            if isinstance(value, int): return ['int', str(int(value))]
            if isinstance(value, float):
                return ['float', 'nan' if value != value else '%x' % struct.unpack('>Q', struct.pack('>d', value))[0]]
            if isinstance(value, decimal.Decimal):
                sign, digits, exponent = value.as_tuple()
                text = ''.join(map(str, digits)).lstrip('0')
                exponent += len(text) - len(text.rstrip('0'))
                text = text.rstrip('0')
                return ['number', ('-' if sign and text else '') + text + 'e' + str(exponent if text else 0)]
            if isinstance(value, str): return ['str', value]
            if isinstance(value, bytes): return ['bytes', value.hex()]
            if isinstance(value, datetime.datetime):
                if value.tzinfo: value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
                return ['date', value.isoformat(timespec='microseconds')]
            if isinstance(value, (list, tuple)): return ['list', [tagged(each) for each in value]]
            if isinstance(value, dict): return ['map', [[name, tagged(each)] for name, each in value.items()]]
            raise TypeError(type(value))
        """
}
