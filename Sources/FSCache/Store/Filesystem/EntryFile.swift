internal import CFileSystem
internal import Serializers

/// The name of an entry's file: 64 hexadecimal digits, a dot, the serializer's extension, and `.invalid` if the entry
/// was set aside.
///
/// The file is in the shard of its key.
package struct EntryFile: Sendable, Hashable {
    package var key: CacheKey
    package var fileExtension: FileExtension
    package var isSetAside = false

    package init(_ key: CacheKey, _ fileExtension: FileExtension, isSetAside: Bool = false) {
        self.key = key
        self.fileExtension = fileExtension
        self.isSetAside = isSetAside
    }

    /// Parses a file name; `nil` if the file is foreign.
    init?(name: String) {
        let digits = name.utf8Span.span.extracting(first: 64)
        let rest = name.utf8.dropFirst(64)
        guard let key = CacheKey(digits: digits), key.isSpelled(by: digits), rest.first == UInt8(ascii: ".") else {
            return nil
        }
        let suffix = String(Substring(rest.dropFirst()))
        let isSetAside = suffix.hasSuffix(FileExtension.setAsideMark)
        let text = isSetAside ? String(suffix.dropLast(FileExtension.setAsideMark.count)) : suffix
        guard let fileExtension = FileExtension(text) else { return nil }
        self.init(key, fileExtension, isSetAside: isSetAside)
    }

    var name: String { "\(key).\(fileExtension.text)\(isSetAside ? FileExtension.setAsideMark : "")" }
    var path: String { "\(ShardName(key).path)/\(name)" }

    /// Passes on the ``path`` as a C string on the stack, so a hit needs no `String`.
    func withPath<Value: ~Copyable, Failure>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer throws(Failure) in
            var rest = UnsafeMutableRawBufferPointer(buffer)
            unsafe withUnsafeBytes(of: key.digits) { digits in
                unsafe Self.append(digits[0..<2], to: &rest)
                unsafe Self.append("/".utf8, to: &rest)
                unsafe Self.append(digits[2..<4], to: &rest)
                unsafe Self.append("/".utf8, to: &rest)
                unsafe Self.append(digits, to: &rest)
            }
            unsafe Self.append(".".utf8, to: &rest)
            unsafe Self.append(fileExtension.text.utf8, to: &rest)
            if isSetAside { unsafe Self.append(FileExtension.setAsideMark.utf8, to: &rest) }
            unsafe rest[0] = 0
            guard let path = unsafe UnsafePointer(buffer.baseAddress) else {
                preconditionFailure("A buffer of 128 bytes has an address.")
            }
            return try unsafe body(path)
        }
    }

    @inline(__always)
    private static func append(_ octets: some Collection<UInt8>, to rest: inout UnsafeMutableRawBufferPointer) {
        unsafe rest.copyBytes(from: octets)
        unsafe rest = UnsafeMutableRawBufferPointer(rebasing: rest[octets.count...])
    }
}

extension EntryFile: Comparable {
    /// Orders files by their keys, and those of one key by their names.
    package static func < (left: EntryFile, right: EntryFile) -> Bool {
        left.key == right.key ? left.name < right.name : left.key < right.key
    }
}

/// A serializer's file extension that is safe in a file name.
package struct FileExtension: Sendable, Hashable {
    /// The suffix after the extension of an entry that was set aside.
    static let setAsideMark = ".invalid"

    let text: String

    /// Checks an extension.
    ///
    /// It has up to 32 lower-case letters, digits, and characters of `._+-`. It begins and ends with a letter or digit and
    /// has no two dots in a row. Upper case is rejected, because some file systems ignore case.
    package init?(_ text: String) {
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

/// One of the 65,536 directories of entries, named after the first two bytes of its keys: `ab/cd`.
///
/// Keys are digests, so each shard holds a fair random sample of the entries.
struct ShardName: Sendable, Hashable {
    var first: UInt8
    var second: UInt8

    init(first: UInt8, second: UInt8) {
        self.first = first
        self.second = second
    }

    init(_ key: CacheKey) {
        self.init(first: UInt8(key.words.0 >> 56), second: UInt8(key.words.0 >> 48 & 0xff))
    }

    var path: String { "\(Self.digits(first))/\(Self.digits(second))" }

    /// The name of a directory at one level.
    static func digits(_ byte: UInt8) -> String { names[Int(byte)] }

    private static let names = (UInt8.min ... .max).map { String(hexadecimal: CollectionOfOne($0)) }

    /// Parses the name of a directory at one level: exactly two hexadecimal digits in lower case.
    static func byte(_ name: String) -> UInt8? {
        let digits = name.utf8.compactMap(\.lowercaseHexDigitValue)
        guard digits.count == 2, name.utf8.count == 2 else { return nil }
        return digits[0] << 4 | digits[1]
    }
}
