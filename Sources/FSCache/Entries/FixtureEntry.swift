package import Foundation
package import HTTPTypes
package import Serializers

/// A recorded exchange, as it is written to a file of a fixture.
package struct FixtureEntry: Sendable, Equatable {
    /// The key of the request.
    package var key: CacheKey
    /// The response, with its request.
    package var response: StoredResponse
    /// The place of the exchange in the recording.
    package var facts: FixtureFacts

    /// Makes an entry.
    package init(key: CacheKey, response: StoredResponse, facts: FixtureFacts = FixtureFacts()) {
        self.key = key
        self.response = response
        self.facts = facts
    }

    /// Reads an entry from a file.
    ///
    /// - Throws: When the bytes are not an entry that a `Codable` serializer has written.
    package init(decoding bytes: Data, with serializer: any Serializer) throws {
        guard let format = serializer.entryFormat as? RecordFormat else { throw Self.unsupported(serializer) }
        self = try format.decodeFixture(bytes)
    }

    /// The bytes of the file.
    ///
    /// - Throws: When the serializer can't hold the response, or is the native one, or has stages.
    package func encoded(with serializer: any Serializer) throws -> Data {
        guard let format = serializer.entryFormat as? RecordFormat else { throw Self.unsupported(serializer) }
        return try format.encode(response, for: key, fixture: facts == FixtureFacts() ? nil : facts)
    }

    private static func unsupported(_ serializer: any Serializer) -> FSCacheError {
        FSCacheError(
            .invalidSetting,
            "A fixture is written by yaml, json, bson or a serializer of your own, not by \(serializer.name)."
        )
    }
}

/// The place of an exchange in a recording.
package struct FixtureFacts: Sendable, Hashable, Codable {
    /// The number of this response among those to equal requests; `nil` for the first.
    package var repetition: Int?
    /// How many unsafe requests to the URL came before; `nil` for none.
    package var step: Int?
    /// The lengths of the chunks in which a stream arrived, in bytes.
    package var chunks: [Int]?
    /// The pauses before these chunks, in milliseconds.
    package var pauses: [Int]?

    /// Describes an exchange that is the only one.
    package init() {}
}

extension NormalizedRequest {
    /// The key of a stored request; `nil` if it can't be computed because the content is stored as its digest only.
    package static func key(of stored: StoredResponse.Request, matching: RequestMatching) -> CacheKey? {
        guard let request = try? HTTPRequest(stored),
            let normalized = try? NormalizedRequest(request, body: stored.body, matching: matching),
            !RequestMatching.isWithheld(stored.body)
        else { return nil }
        return normalized.key
    }
}

extension StoredResponse {
    /// The names in `Vary`, in lower case, without those in which requests need not agree.
    package func varyingNames(_ matching: RequestMatching, except ignored: Set<String> = []) -> [String] {
        (VaryNames(headers)?.names ?? []).filter { name in
            !ignored.contains(name) && HTTPField.Name(name).map { !matching.isSettledByKey($0) } ?? false
        }
    }
}

extension HTTPFields {
    /// The value of a field in the form in which requests are compared; `nil` if there is none.
    package func comparableValue(of name: String) -> [UInt8]? {
        HTTPField.Name(name).flatMap { FieldValue.normalized($0, in: self) }
    }
}
