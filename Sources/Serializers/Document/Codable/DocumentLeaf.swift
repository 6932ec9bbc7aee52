package import Foundation

/// A type that the bridge makes of a document directly, without asking the type's `init(from:)`.
///
/// Whatever a format may have made of a value is understood here, in one place: whole numbers written as `1e3`, dates and data written
/// as text.
package protocol DocumentLeaf {
    /// Makes a value, or fails when the document is of another kind or can't be held exactly.
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
    // What is asked for most is not generic.
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
    /// The nearest number, as every reader of decimal spellings does; what is too large is no number of this type.
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
    /// The nearest number; what is too large is no number of this type.
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

    /// Foundation rounds what has too many digits; here it is refused.
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
