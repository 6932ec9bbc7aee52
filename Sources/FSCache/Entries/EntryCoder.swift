internal import Foundation
internal import Serializers

/// Makes the bytes of an entry with one serializer, and reads them back.
///
/// The native format has a layout of its own, made to be read fast and to be streamed; every other serializer gets an
/// ``EntryRecord``. Stages come last either way.
struct EntryCoder: Sendable {
    private let base: any Serializer
    private let isNative: Bool
    private let stages: [any Stage]

    init(_ serializer: any Serializer) {
        if let staged = serializer as? StagedSerializer {
            base = staged.base
            stages = staged.stages
        } else {
            base = serializer
            stages = []
        }
        isNative = base is NativeSerializer
    }

    /// Makes the bytes of an entry.
    ///
    /// - Throws: When the serializer can't hold it, or a stage fails.
    func encode(_ response: StoredResponse, for key: CacheKey) throws -> Data {
        try stages.reduce(encodeBase(response, for: key)) { try $1.apply(to: $0) }
    }

    /// Reads an entry.
    ///
    /// - Throws: When the bytes are damaged, not of the format, or the entry of another key.
    func decode(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        let bytes = stages.isEmpty ? bytes : try stages.reversed().reduce(bytes) { try $1.undo(on: $0) }
        do {
            let response = try decodeBase(bytes, for: key)
            try response.checkDates()
            return response
        } catch var error as EntryError {
            if !error.path.isEmpty, !isNative, let serializer = base as? any DocumentSerializer {
                error.position = serializer.position(of: error.path, in: bytes)
            }
            throw error
        }
    }

    private func encodeBase(_ response: StoredResponse, for key: CacheKey) throws -> Data {
        if isNative { return NativeEntry.encode(response, for: key) }
        let response = response.inWholeMilliseconds
        guard base.isHumanReadable else {
            return try base.encode(EntryRecord(response, key: key, bodyForms: [.bytes]))
        }
        // Whether a form is exact is seen by reading it back; the last one always is. Nested JSON is only for formats that
        // keep the order of members: others may give the right one this time, and another one next time.
        let nested: [[BodyRecord.Form]] = base is any DocumentSerializer ? [[.json, .text, .bytes]] : []
        for forms in nested + [[.text, .bytes]] {
            let record = try EntryRecord(response, key: key, bodyForms: forms)
            if let bytes = try? base.encode(record), (try? decodeBase(bytes, for: key)) == response { return bytes }
        }
        return try base.encode(EntryRecord(response, key: key, bodyForms: [.bytes]))
    }

    private func decodeBase(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        if isNative { return try NativeEntry.decode(bytes, for: key) }
        return try base.decode(EntryRecord.self, from: bytes).response(for: key, allowsEdits: base.isHumanReadable)
    }
}

extension StoredResponse {
    /// The response with its times as every format keeps them.
    fileprivate var inWholeMilliseconds: StoredResponse {
        var response = self
        response.requestedAt = requestedAt.wholeMilliseconds
        response.receivedAt = receivedAt.wholeMilliseconds
        response.createdAt = createdAt.wholeMilliseconds
        response.expires = expires?.wholeMilliseconds
        return response
    }

    /// Refuses dates beyond the years that formats and arithmetic can deal with.
    fileprivate func checkDates() throws {
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
