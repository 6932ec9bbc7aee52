#if Proxy
import HTTPTypes

/// Why a proxy forwards a request to nobody.
struct Refusal: Error {
    let status: HTTPResponse.Status
    let message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }
}

extension HTTPResponse.Status {
    static let loopDetected = HTTPResponse.Status(code: 508, reasonPhrase: "Loop Detected")
}
#endif
