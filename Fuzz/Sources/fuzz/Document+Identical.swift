import Foundation
import Serializers

extension Document {
    /// Whether both documents are identical: unlike `==`, this distinguishes 0 from -0, and strings by their scalars.
    ///
    /// NaN equals NaN, numbers by their spelling are equal if their decimal values are, and a date equals text that
    /// decodes as that date.
    func isIdentical(to other: Document) -> Bool {
        switch (self, other) {
        case (.float(let left), .float(let right)):
            left.isIdentical(to: right)
        case (.date(let left), .date(let right)):
            left.timeIntervalSinceReferenceDate.isIdentical(to: right.timeIntervalSinceReferenceDate)
        case (.date(let date), .string(let text)), (.string(let text), .date(let date)):
            text.date == date
        case (.number, _), (_, .number):
            number == other.number
        case (.string(let left), .string(let right)):
            left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.isIdentical(to: $1.value)
                }
        default:
            self == other
        }
    }
}

extension Document {
    /// Whether there is a date, the only kind of value that a format may read and then write as text.
    var holdsDate: Bool { holds { if case .date = $0 { true } else { false } } }

    /// Whether there is a number by its spelling, the only kind of value that a format may read but not write.
    var holdsNumberBySpelling: Bool { holds { if case .number = $0 { true } else { false } } }

    private func holds(_ isSought: (Document) -> Bool) -> Bool {
        switch self {
        case .array(let elements): elements.contains { $0.holds(isSought) }
        case .map(let members): members.contains { $0.value.holds(isSought) }
        default: isSought(self)
        }
    }
}

extension String {
    /// The date that decodes from this text.
    fileprivate var date: Date? {
        let serializer = JSONSerializer()
        return accepted { try serializer.decode(Date.self, from: serializer.bytes(of: .string(self))) }
    }
}

extension Document {
    /// The value of a number in its shortest form; `nil` for anything else.
    private var number: [String]? {
        switch self {
        case .number(let spelling): spelling.normalizedNumber
        case .integer(let value): String(value).normalizedNumber
        case .float(let value): value.isFinite ? value.description.normalizedNumber : nil
        default: nil
        }
    }
}

extension Double {
    fileprivate func isIdentical(to other: Double) -> Bool { bitPattern == other.bitPattern || isNaN && other.isNaN }
}

extension String {
    /// The sign, the digits without zeros at either end, and the power of ten of the last digit.
    fileprivate var normalizedNumber: [String] {
        let parts = lowercased().split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        var exponent = parts.count > 1 ? Int128(parts[1].drop { $0 == "+" }) ?? 0 : 0
        var digits = parts[0].drop { $0 == "-" }
        if let point = digits.firstIndex(of: ".") {
            exponent -= Int128(digits.distance(from: point, to: digits.endIndex)) - 1
            digits.remove(at: point)
        }
        digits = digits.drop { $0 == "0" }
        while digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        return [hasPrefix("-") ? "-" : "", String(digits), digits.isEmpty ? "" : String(exponent)]
    }
}
