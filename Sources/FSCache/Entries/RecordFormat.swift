internal import Foundation
internal import Serializers

/// Entries as an ``EntryRecord`` that any serializer can encode.
struct RecordFormat: EntryFormat {
    let serializer: any Serializer
    /// The serializer, if it works on trees, which keep the order of members and know their positions in a file.
    let documentSerializer: (any DocumentSerializer)?
    /// The serializer, if it can leave `Codable` out.
    let viewingSerializer: (any ViewingSerializer)?

    init(_ serializer: any Serializer) {
        self.serializer = serializer
        // Casts are slow, so they are made once.
        documentSerializer = serializer as? any DocumentSerializer
        viewingSerializer = serializer as? any ViewingSerializer
    }

    var fileExtension: String { serializer.fileExtension }

    func encode(_ response: StoredResponse, for key: CacheKey) throws -> Data {
        try encode(response, for: key, fixture: nil)
    }

    /// Makes the bytes of an entry, with its place in a recording.
    func encode(_ response: StoredResponse, for key: CacheKey, fixture: FixtureFacts?) throws -> Data {
        let response = response.inWholeMilliseconds
        func record(_ forms: [BodyRecord.Form]) throws -> EntryRecord {
            try EntryRecord(response, key: key, fixture: fixture, bodyForms: forms)
        }
        guard serializer.isHumanReadable else { return try serializer.encode(record([.bytes])) }
        // Try each form until reading the entry back gives the same bytes; the last form always does. Bodies are nested
        // only in formats that keep the order of members: in others, the bytes would match only by chance.
        let nested: [[BodyRecord.Form]] = documentSerializer == nil ? [] : [[.json, .text, .bytes]]
        for forms in nested + [[.text, .bytes]] {
            let record = try record(forms)
            if let bytes = try? serializer.encode(record), (try? read(bytes, for: key)) == response { return bytes }
        }
        return try serializer.encode(record([.bytes]))
    }

    func decode(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        try locating(in: bytes) {
            let response = try read(bytes, for: key)
            try response.checkDates()
            return response
        }
    }

    /// Reads an entry whose key is not known, with its place in a recording.
    func decodeFixture(_ bytes: Data) throws -> FixtureEntry {
        try locating(in: bytes) {
            let record = try record(HandWrittenRecord.self, in: bytes).complete
            let response = try record.response(for: record.key, allowsEdits: serializer.isHumanReadable)
            try response.checkDates()
            return FixtureEntry(key: record.key, response: response, facts: record.fixture ?? FixtureFacts())
        }
    }

    /// Adds the position in the file to an error.
    private func locating<Value>(in bytes: Data, _ decode: () throws -> Value) throws -> Value {
        do {
            return try decode()
        } catch var error as EntryError {
            if !error.path.isEmpty { error.position = documentSerializer?.position(of: error.path, in: bytes) }
            throw error
        }
    }

    private func record<Record: DocumentReadable>(_ type: Record.Type, in bytes: Data) throws -> Record {
        try viewingSerializer?.read(type, from: bytes) ?? serializer.decode(type, from: bytes)
    }

    private func read(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        try record(EntryRecord.self, in: bytes).response(for: key, allowsEdits: serializer.isHumanReadable)
    }
}

extension StoredResponse {
    /// The response with times in the precision that every format keeps.
    fileprivate var inWholeMilliseconds: StoredResponse {
        var response = self
        response.requestedAt = requestedAt.wholeMilliseconds
        response.receivedAt = receivedAt.wholeMilliseconds
        response.createdAt = createdAt.wholeMilliseconds
        response.expires = expires?.wholeMilliseconds
        return response
    }
}
