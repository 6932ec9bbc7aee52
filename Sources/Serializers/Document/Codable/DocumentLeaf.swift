package import Foundation

/// A type that the bridge makes from a document directly, without `init(from:)`.
///
/// It accepts every form in which a format may write the value: whole numbers as `1e3`, dates and data as text.
package protocol DocumentLeaf {
    /// Makes a value, or fails if the document is of another kind or can't be represented exactly.
    init?(leaf document: Document)
}

extension String: DocumentLeaf {
    package init?(leaf document: Document) {
        switch document {
        case .string(let value): self = value
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }
}

extension Bool: DocumentLeaf {
    package init?(leaf document: Document) {
        switch document {
        case .bool(let value): self = value
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }
}

extension DocumentLeaf where Self: FixedWidthInteger {
    package init?(leaf document: Document) {
        switch document {
        case .integer(let value): self.init(exactly: value)
        case .float(let value): self.init(exactly: value)
        case .number(let spelling): self.init(exactly: spelling)
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }

    private init?(exactly spelling: String) {
        guard let digits = DecimalNumber(spelling)?.integerSpelling(maximumDigits: 40) else { return nil }
        self.init(digits)
    }
}

extension Int: DocumentLeaf {
    // Not generic, because it is the most frequent type.
    package init?(leaf document: Document) {
        if case .integer(let value) = document {
            self.init(exactly: value)
        } else if let value = Int128(leaf: document) {
            self.init(exactly: value)
        } else {
            return nil
        }
    }
}

extension Int8: DocumentLeaf {}
extension Int16: DocumentLeaf {}
extension Int32: DocumentLeaf {}
extension Int64: DocumentLeaf {}
extension Int128: DocumentLeaf {}
extension UInt: DocumentLeaf {}
extension UInt8: DocumentLeaf {}
extension UInt16: DocumentLeaf {}
extension UInt32: DocumentLeaf {}
extension UInt64: DocumentLeaf {}
extension UInt128: DocumentLeaf {}

extension Double: DocumentLeaf {
    /// Makes the nearest number; fails for numbers that are too large.
    package init?(leaf document: Document) {
        switch document {
        case .float(let value): self = value
        case .integer(let value): self.init(value)
        case .number(let spelling):
            guard let value = Double(spelling), value.isFinite else { return nil }
            self = value
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }
}

extension Float: DocumentLeaf {
    /// Makes the nearest number; fails for numbers that are too large.
    package init?(leaf document: Document) {
        guard let value = Double(leaf: document) else { return nil }
        self.init(value)
        if isInfinite, value.isFinite { return nil }
    }
}

extension Date: DocumentLeaf {
    package init?(leaf document: Document) {
        switch document {
        case .date(let value): self = value
        case .string(let text): self.init(iso8601: text)
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }
}

extension Data: DocumentLeaf {
    package init?(leaf document: Document) {
        switch document {
        case .bytes(let value): self = value
        case .string(let text): self.init(base64Encoded: text)
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }
}

extension Decimal: DocumentLeaf {
    package init?(leaf document: Document) {
        switch document {
        case .integer(let value): self.init(exactly: String(value))
        case .float(let value) where value.isNaN: self = .nan
        case .float(let value): self.init(exactly: "\(value)")
        case .number(let spelling): self.init(exactly: spelling)
        case .json(let text): self.init(leaf: text)
        default: return nil
        }
    }

    /// Fails for more digits than fit, which Foundation would round.
    private init?(exactly spelling: String) {
        guard let number = DecimalNumber(spelling), let value = Decimal(string: spelling), !value.isNaN,
            DecimalNumber(value.description) == number
        else { return nil }
        self = value
    }
}

extension DocumentLeaf {
    fileprivate init?(leaf text: JSONText) {
        guard let document = try? text.document() else { return nil }
        self.init(leaf: document)
    }
}

extension Document {
    /// Makes the document for a value that needs no containers, or fails so that its `encode(to:)` is used.
    ///
    /// It compares types before casting, because a cast costs far more than a comparison of two pointers.
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

    /// A whole number, as digits where `Int128` is too small.
    init(_ value: some FixedWidthInteger) {
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
