#if AsyncHTTPClient
import AsyncHTTPClient

/// An `HTTPClient` that is shut down when nobody needs it any more: neither a transport, nor a body that is being read.
final class OwnedHTTPClient: Sendable {
    let client: HTTPClient

    init(_ client: HTTPClient) {
        self.client = client
    }

    deinit {
        client.shutdown { _ in }
    }
}
#endif
