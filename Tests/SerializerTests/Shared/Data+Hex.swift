import Foundation

extension Data {
    /// Makes data from hexadecimal digits, which may have spaces in between.
    init(hex: String) {
        let digits = hex.filter { !$0.isWhitespace }
        var bytes: [UInt8] = []
        var index = digits.startIndex
        while index < digits.endIndex {
            let end = digits.index(index, offsetBy: 2, limitedBy: digits.endIndex) ?? digits.endIndex
            bytes.append(UInt8(digits[index..<end], radix: 16) ?? 0)
            index = end
        }
        self.init(bytes)
    }

    /// The hexadecimal digits of the bytes.
    var hex: String { map { String(format: "%02x", $0) }.joined() }
}
