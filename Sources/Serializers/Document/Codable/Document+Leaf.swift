import Foundation

extension Document {
    /// The document of a value that needs no containers, or `nil` when the value must be asked.
    ///
    /// The types are compared before anything is cast: a cast costs far more than the comparison of two pointers.
    @inline(__always)
    init?<Value>(leaf value: Value) {
        if Value.self == String.self, let value = value as? String {
            self = .string(value)
        } else if Value.self == Int.self, let value = value as? Int {
            self = .integer(Int128(value))
        } else if Value.self == Date.self, let value = value as? Date {
            self = .date(value)
        } else if Value.self == Data.self, let value = value as? Data {
            self = .bytes(value)
        } else if Value.self == Document.self, let value = value as? Document {
            self = value
        } else if Value.self == URL.self, let value = value as? URL, value.baseURL == nil {
            self = .string(value.absoluteString)
        } else if Value.self == Decimal.self, let value = value as? Decimal {
            self.init(value)
        } else if Value.self == JSONText.self, let value = value as? JSONText {
            self = .json(value)
        } else {
            return nil
        }
    }

    /// An unsigned number, as digits where `Int128` is too small.
    init(_ value: UInt128) {
        self = Int128(exactly: value).map(Document.integer) ?? .number(String(value))
    }

    /// A decimal number, exactly.
    init(_ value: Decimal) {
        if value.isNaN {
            self = .float(.nan)
        } else {
            let spelling = value.description
            self = Int128(spelling).map(Document.integer) ?? .number(spelling)
        }
    }
}
