/// A serializer's file extension, known to be harmless in a file name.
struct FileExtension: Sendable, Hashable {
    /// What follows the extension of an entry that was set aside.
    static let setAsideMark = ".invalid"

    let text: String

    /// Checks an extension.
    ///
    /// It is up to 32 lower-case letters, digits and the signs `.
    ///
    /// _ + -`, beginning and ending with a letter or digit, without two dots side by side. Upper case would make one
    /// file of two on some disks.
    init?(_ text: String) {
        let utf8 = text.utf8
        guard (1...32).contains(utf8.count), !text.hasSuffix(Self.setAsideMark), text != "invalid",
            let first = utf8.first, let last = utf8.last,
            Self.isLetterOrDigit(first), Self.isLetterOrDigit(last)
        else { return nil }
        var previous = first
        for byte in utf8 {
            switch byte {
            case _ where Self.isLetterOrDigit(byte): break
            case UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): break
            case UInt8(ascii: "."): guard previous != byte else { return nil }
            default: return nil
            }
            previous = byte
        }
        self.text = text
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
