#if Proxy
import ArgumentParser

/// Where a server listens: `127.0.0.1:8080`, `[::1]:8080`, or a port of the loopback interface.
struct ListenAddress {
    let host: String
    let port: Int

    init(argument: String) throws {
        let colon = argument.lastIndex(of: ":")
        let host = colon.map { argument[..<$0] } ?? "127.0.0.1"
        let number = colon.map { argument[argument.index(after: $0)...] } ?? argument[...]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard !host.isEmpty, let port = UInt16(number), isBracketed || !host.contains(":") else {
            throw ValidationError("Write a host and a port, such as 127.0.0.1:8080 or [::1]:8080.")
        }
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        self.port = Int(port)
    }
}
#endif
