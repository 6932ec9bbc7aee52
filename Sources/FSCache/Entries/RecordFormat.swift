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
        let response = response.inWholeMilliseconds
        guard serializer.isHumanReadable else {
            return try serializer.encode(EntryRecord(response, key: key, bodyForms: [.bytes]))
        }
        // Try each form until reading the entry back gives the same bytes; the last form always does. Bodies are nested
        // only in formats that keep the order of members: in others, the bytes would match only by chance.
        let nested: [[BodyRecord.Form]] = documentSerializer == nil ? [] : [[.json, .text, .bytes]]
        for forms in nested + [[.text, .bytes]] {
            let record = try EntryRecord(response, key: key, bodyForms: forms)
            if let bytes = try? serializer.encode(record), (try? read(bytes, for: key)) == response { return bytes }
        }
        return try serializer.encode(EntryRecord(response, key: key, bodyForms: [.bytes]))
    }

    func decode(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        do {
            let response = try read(bytes, for: key)
            try response.checkDates()
            return response
        } catch var error as EntryError {
            if !error.path.isEmpty { error.position = documentSerializer?.position(of: error.path, in: bytes) }
            throw error
        }
    }

    private func read(_ bytes: Data, for key: CacheKey) throws -> StoredResponse {
        let record =
            try viewingSerializer?.read(EntryRecord.self, from: bytes)
            ?? serializer.decode(EntryRecord.self, from: bytes)
        return try record.response(for: key, allowsEdits: serializer.isHumanReadable)
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
