internal import CFileSystem
internal import Serializers

/// The name of an entry's file.
///
/// It is 64 hexadecimal digits, a dot, the serializer's extension, and `.invalid` when the entry was set aside.
///
/// It lies in the shard of its key.
struct EntryFile: Sendable, Hashable {
    var key: CacheKey
    var fileExtension: FileExtension
    var isSetAside = false

    init(_ key: CacheKey, _ fileExtension: FileExtension, isSetAside: Bool = false) {
        self.key = key
        self.fileExtension = fileExtension
        self.isSetAside = isSetAside
    }

    /// Reads a file name.
    ///
    /// `nil` means that the file is foreign.
    init?(name: String) {
        let digits = name.utf8.prefix(64)
        let rest = name.utf8.dropFirst(64)
        guard digits.allSatisfy({ $0.lowercaseHexDigitValue != nil }), let key = CacheKey(Substring(digits)),
            rest.first == UInt8(ascii: ".")
        else { return nil }
        let suffix = String(Substring(rest.dropFirst()))
        let isSetAside = suffix.hasSuffix(FileExtension.setAsideMark)
        let text = isSetAside ? String(suffix.dropLast(FileExtension.setAsideMark.count)) : suffix
        guard let fileExtension = FileExtension(text) else { return nil }
        self.init(key, fileExtension, isSetAside: isSetAside)
    }

    var name: String { "\(key).\(fileExtension.text)\(isSetAside ? FileExtension.setAsideMark : "")" }
    var path: String { "\(ShardName(key).path)/\(name)" }

    /// Writes the ``path`` as C text on the stack: a hit makes no `String` of it.
    func withPath<Value: ~Copyable, Failure>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer throws(Failure) in
            var count = 0
            func append(_ byte: UInt8) {
                unsafe buffer[count] = CChar(bitPattern: byte)
                count += 1
            }
            func append(word: UInt64, from first: Int, count digits: Int) {
                for digit in first..<(first + digits) {
                    append(.hexDigit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15))
                }
            }
            append(word: key.words.0, from: 0, count: 2)
            append(UInt8(ascii: "/"))
            append(word: key.words.0, from: 2, count: 2)
            append(UInt8(ascii: "/"))
            append(word: key.words.0, from: 0, count: 16)
            append(word: key.words.1, from: 0, count: 16)
            append(word: key.words.2, from: 0, count: 16)
            append(word: key.words.3, from: 0, count: 16)
            append(UInt8(ascii: "."))
            for byte in fileExtension.text.utf8 { append(byte) }
            if isSetAside {
                for byte in FileExtension.setAsideMark.utf8 { append(byte) }
            }
            append(0)
            guard let path = unsafe UnsafePointer(buffer.baseAddress) else {
                preconditionFailure("A buffer of 128 bytes has an address.")
            }
            return try unsafe body(path)
        }
    }
}
