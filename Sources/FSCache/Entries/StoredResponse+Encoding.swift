public import Foundation
public import Serializers

extension StoredResponse {
    /// The response as an entry, as it would be stored: to be shown, or to be handed on.
    ///
    /// - Parameters:
    ///   - serializer: The format.
    ///   - key: The key of the entry.
    /// - Returns: The bytes of the entry.
    /// - Throws: When the format can't hold the response.
    public func encoded(with serializer: some Serializer, for key: CacheKey) throws -> Data {
        try EntryCoder(serializer).encode(self, for: key)
    }
}
