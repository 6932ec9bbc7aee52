import FSCache
import Foundation
import Serializers

extension CacheEntry {
    /// Why the entry can't be decoded; empty when it can be.
    var failureText: String {
        guard case .failure(let error) = content else { return "" }
        return "\(CommandError.readable(error))"
    }
}
