#if AsyncHTTPClient
import FSCache
import Synchronization

/// The requests under way whose interim responses somebody wants to be told of.
///
/// `HTTPClient` keeps interim responses to itself, but it lets us see what goes over its connections. Which request it is
/// that a connection serves is told by a field that the request carries that far, and no further.
final class InterimExchanges: Sendable {
    /// The name of that field, which nobody else would think of.
    let fieldName = "fscache-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    private let state = Mutex<(lastID: Int, receivers: [String: InterimResponses.Receiver])>((0, [:]))

    /// Adds a request.
    ///
    /// - Parameter receiver: Who is told.
    /// - Returns: The value of the field that the request has to carry.
    func begin(_ receiver: @escaping InterimResponses.Receiver) -> String {
        state.withLock { state in
            state.lastID += 1
            let id = "\(state.lastID)"
            state.receivers[id] = receiver
            return id
        }
    }

    /// Who is told of the interim responses to a request; `nil` once that is over.
    func receiver(of id: String) -> InterimResponses.Receiver? {
        state.withLock { $0.receivers[id] }
    }

    /// Removes a request.
    func end(_ id: String) {
        state.withLock { $0.receivers[id] = nil }
    }
}
#endif
