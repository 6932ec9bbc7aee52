import Foundation

/// Writes a tree as CBOR.
struct NativeWriter: ~Copyable {
    private var output = CBORWriter(capacity: 1024)

    /// Writes a tree as one item.
    static func bytes(of document: Document) throws(SerializationError) -> Data {
        var writer = NativeWriter()
        try writer.write(document, remainingDepth: Document.maximumDepth)
        return writer.output.take()
    }

    private mutating func write(_ document: Document, remainingDepth: Int) throws(SerializationError) {
        switch document {
        case .null: output.writeNull()
        case .bool(let value): output.write(value)
        case .integer(let value): output.write(value)
        case .float(let value): output.write(value)
        case .number(let spelling): try write(number: spelling)
        case .string(let value): output.write(value)
        case .bytes(let value): output.write(value)
        case .date(let value): try output.write(value)
        case .array(let elements): try write(elements, remainingDepth: remainingDepth)
        case .map(let members): try write(members, remainingDepth: remainingDepth)
        case .json(let text): try write(text.document(), remainingDepth: remainingDepth)
        }
    }

    private mutating func write(_ elements: [Document], remainingDepth: Int) throws(SerializationError) {
        try enter(remainingDepth)
        output.writeArrayHeader(count: elements.count)
        for index in elements.indices {
            do {
                try write(elements[index], remainingDepth: remainingDepth - 1)
            } catch {
                throw error.prefixed(by: .index(index))
            }
        }
    }

    private mutating func write(_ members: [Document.Member], remainingDepth: Int) throws(SerializationError) {
        try enter(remainingDepth)
        output.writeMapHeader(count: members.count)
        for index in members.indices {
            output.write(members[index].name)
            do {
                try write(members[index].value, remainingDepth: remainingDepth - 1)
            } catch {
                throw error.prefixed(by: .member(members[index].name))
            }
        }
    }

    private func enter(_ remainingDepth: Int) throws(SerializationError) {
        guard remainingDepth > 0 else {
            throw SerializationError(
                .limitExceeded,
                "the value nests deeper than \(Document.maximumDepth) levels"
            )
        }
    }

    /// Writes a decimal number: an integer of any size if it is spelled as one, otherwise a decimal fraction (RFC 8949 §3.4.4).
    private mutating func write(number spelling: String) throws(SerializationError) {
        guard let number = DecimalNumber(spelling) else {
            throw SerializationError(.unrepresentable, "'\(spelling.prefix(50))' is not a number that CBOR can hold")
        }
        let isSpelledWhole = !spelling.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
        guard isSpelledWhole else {
            output.writeTag(4)
            output.writeArrayHeader(count: 2)
            output.write(number.exponent)
            try write(digits: number.digits, isNegative: number.isNegative)
            return
        }
        if number.digits.isEmpty, spelling.utf8.first == UInt8(ascii: "-") { return output.write(-0.0) }
        let zeros = repeatElement(UInt8(ascii: "0"), count: number.exponent)
        try write(digits: number.digits + zeros, isNegative: number.isNegative)
    }

    private mutating func write(digits: ArraySlice<UInt8>, isNegative: Bool) throws(SerializationError) {
        let sign = isNegative ? "-" : ""
        if let value = digits.isEmpty ? 0 : Int128(sign + String(decoding: digits, as: UTF8.self)) {
            return output.write(value)
        }
        guard digits.count <= Bignum.maximumDigitCount else {
            throw SerializationError(
                .unrepresentable,
                "a number of \(digits.count) digits is too long: the limit is \(Bignum.maximumDigitCount)"
            )
        }
        var magnitude = Bignum(digits: digits)
        // A negative bignum n encodes -1 - n.
        if isNegative { magnitude.decrement() }
        output.writeTag(isNegative ? 3 : 2)
        output.write(Data(magnitude.bytes))
    }
}
