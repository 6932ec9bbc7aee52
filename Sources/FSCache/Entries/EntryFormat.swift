public import Foundation
public import Serializers

/// Encodes a stored response as the bytes of its entry, and decodes them.
protocol EntryFormat: Sendable {
    /// The extension of entries in this format.
    var fileExtension: String { get }
    /// Whether entries are signed or encrypted, so that nobody without the key can write one.
    var isAuthenticated: Bool { get }
    /// Whether entries have the native layout, which can be written and read in pieces.
    var streamsBodies: Bool { get }
    /// Whether a large body may be stored in the native layout instead of this format.
    var allowsNativeBodies: Bool { get }

    /// Makes the bytes of an entry.
    ///
    /// - Throws: When the format can't hold the response, or a stage fails.
    func encode(_ response: StoredResponse, for key: CacheKey) throws -> Data

    /// Reads an entry.
    ///
    /// - Throws: When the bytes are damaged, in another format, or an entry of another key.
    func decode(_ bytes: Data, for key: CacheKey) throws -> StoredResponse
}

extension EntryFormat {
    var isAuthenticated: Bool { false }
    var streamsBodies: Bool { false }
    var allowsNativeBodies: Bool { true }
}

extension Serializer {
    /// The format of the entries that a cache writes with this serializer.
    var entryFormat: any EntryFormat {
        switch self as any Serializer {
        case is NativeSerializer:
            NativeFormat()
        case let staged as StagedSerializer:
            StagedFormat(base: staged.base.entryFormat, stages: staged.stages, fileExtension: staged.fileExtension)
        case let serializer:
            RecordFormat(serializer)
        }
    }
}

/// A format whose bytes pass through stages.
struct StagedFormat: EntryFormat {
    let base: any EntryFormat
    let stages: [any Stage]
    let fileExtension: String

    var isAuthenticated: Bool { base.isAuthenticated || stages.contains { $0.isAuthenticating } }
    /// No, because the native layout would bypass the stages, and bodies would be neither signed nor encrypted.
    var allowsNativeBodies: Bool { false }

    func encode(_ response: StoredResponse, for key: CacheKey) throws -> Data {
        try stages.reduce(base.encode(response, for: key)) { try $1.apply(to: $0) }
    }

    func decode(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        try base.decode(stages.reversed().reduce(bytes) { try $1.undo(on: $0) }, for: key)
    }
}

extension StoredResponse {
    /// Encodes the response as an entry, to show it or pass it on.
    ///
    /// - Parameters:
    ///   - serializer: The format.
    ///   - key: The key of the entry.
    /// - Returns: The bytes of the entry.
    /// - Throws: When the format can't hold the response; ``FSCacheError/Code/entryTooLarge`` when its ``content`` was left in
    ///   the store.
    public func encoded(with serializer: some Serializer, for key: CacheKey) throws -> Data {
        guard content.bytes != nil else {
            throw FSCacheError(
                .entryTooLarge,
                "Its content was left in the store. Set 'body' to 'content.collect()' first."
            )
        }
        return try serializer.entryFormat.encode(self, for: key)
    }

    /// Rejects dates outside the years that formats and date arithmetic can handle.
    func checkDates() throws {
        func check(_ name: String, _ date: Date) throws {
            guard !Date.calendarRange.contains(date) else { return }
            throw EntryError.invalid(name, "not of the years 1 to 9999", at: [.member(name)])
        }
        try check("created", createdAt)
        try check("requested", requestedAt)
        try check("received", receivedAt)
        if let expires { try check("expires", expires) }
    }
}
