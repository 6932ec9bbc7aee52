extension Span<UInt8> {
    /// The string of these bytes, which have been checked to be UTF-8 with JSON's escapes.
    var jsonUnescaped: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var index = 0
        while index < count {
            guard self[index] == UInt8(ascii: "\\") else {
                bytes.append(self[index])
                index += 1
                continue
            }
            index += 2
            switch self[index - 1] {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                let unit = codeUnit(at: index)
                index += 4
                var scalar = UInt32(unit)
                if 0xD800...0xDBFF ~= unit {
                    let low = UInt32(codeUnit(at: index + 2))
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                bytes += Unicode.Scalar(scalar).map { Array(UTF8.encode($0) ?? .init()) } ?? []
            default: bytes.append(self[index - 1])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func codeUnit(at index: Int) -> UInt16 {
        (index..<(index + 4)).reduce(0) { $0 << 4 | UInt16(self[$1].hexDigitValue ?? 0) }
    }
}
