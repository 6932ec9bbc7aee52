#if MongoDB
internal import FSCache
internal import Foundation

/// The document of an entry, whose `_id` is the entry's key, or the key with a mark if it was set aside.
struct StoredEntry: Sendable {
    enum Content: Sendable {
        /// A BSON document, whose members can be read in a MongoDB shell.
        case document(Data)
        case bytes(Data)
        /// The bytes are in documents of their own, each of which has this many, except for the last.
        case chunks(byteCount: Int)
    }

    /// What a write expects to replace.
    enum Previous: Sendable {
        case anyOrNone
        case none
        case stored(StoredEntry)
    }

    /// What follows the key in the `_id` of an entry that was set aside.
    static let setAsideMark = ".aside"
    /// The fields without the content.
    static let heading: CommandValue = ["extension": 1, "size": 1, "modified": 1, "version": 1, "chunkSize": 1]
    /// The field by whose time the server removes a document.
    static let expiryField = "removeAt"

    var fileExtension: String
    var byteCount: Int
    var modifiedAt: Date
    /// A text that differs for each write, and identifies the chunks.
    var version: String
    var content: Content
    /// When the response becomes stale.
    var expires: Date?
    /// When the server may remove it.
    var removeAt: Date?

    init(
        fileExtension: String,
        byteCount: Int,
        modifiedAt: Date,
        version: String = UUID().uuidString,
        content: Content,
        expires: Date?,
        removeAt: Date?
    ) {
        self.fileExtension = fileExtension
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
        self.version = version
        self.content = content
        self.expires = expires
        self.removeAt = removeAt
    }

    /// Reads a document, or fails if it is not an entry.
    init?(_ document: BSONDocument) {
        guard let fileExtension = document[string: "extension"], let byteCount = document[integer: "size"],
            let modifiedAt = document[date: "modified"], let version = document[string: "version"]
        else { return nil }
        switch (document["entry"], document["bytes"], document[integer: "chunkSize"]) {
        case (.document(let inner)?, nil, nil): content = .document(inner.bytes)
        case (nil, .bytes(let bytes, subtype: 0)?, nil): content = .bytes(bytes)
        case (nil, nil, let chunkByteCount?) where chunkByteCount > 0 && byteCount >= 0:
            content = .chunks(byteCount: chunkByteCount)
        default: return nil
        }
        self.fileExtension = fileExtension
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
        self.version = version
        expires = document[date: "expires"]
        removeAt = document[date: Self.expiryField]
    }

    /// The document.
    func document(_ identifier: String) -> CommandValue {
        var members: [(name: String, value: CommandValue)] = [
            ("_id", .string(identifier)), ("extension", .string(fileExtension)), ("size", .integer(byteCount)),
            ("modified", .date(modifiedAt)), ("version", .string(version)),
        ]
        if let expires { members.append(("expires", .date(expires))) }
        if let removeAt { members.append((Self.expiryField, .date(removeAt))) }
        switch content {
        case .document(let document): members.append(("entry", .document(document)))
        case .bytes(let bytes): members.append(("bytes", .bytes(bytes)))
        case .chunks(let byteCount): members.append(("chunkSize", .integer(byteCount)))
        }
        return .map(members)
    }

    /// The bytes, unless they are in chunks.
    var inlineEntry: EncodedEntry? {
        switch content {
        // Copy, because the bytes are part of the server's reply, and may be kept for long.
        case .document(let bytes), .bytes(let bytes): EncodedEntry(bytes: Data(bytes), fileExtension: fileExtension)
        case .chunks: nil
        }
    }

    /// The content of an entry that is one document.
    static func content(of bytes: Data, _ fileExtension: String) -> Content {
        // The extension of a stage's output is longer, and its bytes are not BSON.
        guard fileExtension == "bson", BSONDocument(bytes)?.isStoredUnchanged == true else { return .bytes(bytes) }
        return .document(bytes)
    }
}

extension EntryListing {
    /// Reads the heading of a document, or fails if it is not an entry.
    init?(_ document: BSONDocument) {
        guard let identifier = document[string: "_id"], let fileExtension = document[string: "extension"],
            let byteCount = document[integer: "size"], let modifiedAt = document[date: "modified"]
        else { return nil }
        let isSetAside = identifier.hasSuffix(StoredEntry.setAsideMark)
        let digits = isSetAside ? identifier.dropLast(StoredEntry.setAsideMark.count) : identifier[...]
        guard let key = CacheKey(digits) else { return nil }
        self.init(
            key: key,
            fileExtension: fileExtension,
            byteCount: byteCount,
            modifiedAt: modifiedAt,
            isSetAside: isSetAside
        )
    }
}
#endif
