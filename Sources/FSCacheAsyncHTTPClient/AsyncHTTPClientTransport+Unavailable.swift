#if !AsyncHTTPClient
/// Sends requests through AsyncHTTPClient, when the trait `AsyncHTTPClient` is on.
@available(
    *,
    unavailable,
    message: "Turn the trait on in Package.swift: .package(url: …, from: …, traits: [.defaults, \"AsyncHTTPClient\"])"
)
public final class AsyncHTTPClientTransport {}
#endif
