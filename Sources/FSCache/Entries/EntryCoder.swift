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
        let plain = stages.isEmpty ? bytes : try stages.reversed().reduce(bytes) { try $1.undo(on: $0) }
        let response = try decodeBase(plain, for: key)
        guard response.hasDatesOfTheCalendar else { throw EntryError.invalid("times", "beyond the year 9999") }
        return response
    }

    private func encodeBase(_ response: StoredResponse, for key: CacheKey) throws -> Data {
        if isNative { return NativeEntry.encode(response, for: key) }
        guard base.isHumanReadable else {
            return try base.encode(EntryRecord(response, key: key, bodyForms: [.bytes]))
        }
        // Whether a form is exact is seen by reading it back; the last one always is.
        for forms in [[BodyRecord.Form.json, .text, .bytes], [.text, .bytes]] {
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
    /// Whether all dates lie in the years that formats and arithmetic can deal with.
    fileprivate var hasDatesOfTheCalendar: Bool {
        Date.calendarRange.contains(requestedAt) && Date.calendarRange.contains(receivedAt)
            && Date.calendarRange.contains(createdAt) && (expires.map(Date.calendarRange.contains) ?? true)
    }
}
