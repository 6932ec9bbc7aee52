import Foundation

/// The content of a response as it comes from an exchange, which ends when nobody can read it any more.
struct ResponseContent: AsyncSequence, Sendable {
    /// Ends the exchange when the sequence and its iterators are let go of.
    final class Owner: Sendable {
        let exchange: URLSessionExchange

        init(_ exchange: URLSessionExchange) {
            self.exchange = exchange
        }

        deinit {
            exchange.cancel()
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let owner: Owner

        func next() async throws -> Data? {
            try await owner.exchange.read()
        }
    }

    private let owner: Owner

    init(_ exchange: URLSessionExchange) {
        self.owner = Owner(exchange)
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(owner: owner)
    }
}
