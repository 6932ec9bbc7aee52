#if MongoDB
import Foundation
import Synchronization

@testable import TestSupport

/// Passes bytes between clients and a server, until a test makes it faulty.
final class Relay: Sendable {
    enum Fault {
        case none
        /// Connections end after this many more bytes of answers, all together.
        case cuts(after: Int)
        /// Answers don't arrive.
        case stalls
    }

    let port: Int
    private let listener: Socket
    private let fault = Mutex(Fault.none)
    private let sockets = Mutex<[Socket]>([])

    init(to serverPort: Int) throws {
        let listener = try Socket.listening()
        self.listener = listener
        port = try listener.localPort()
        Thread.detachNewThread { [self] in
            while let client = listener.accept() {
                guard let server = Socket.connected(to: serverPort) else {
                    client.close()
                    continue
                }
                sockets.withLock { $0 += [client, server] }
                Thread.detachNewThread { [self] in pass(from: client, to: server, isAnswer: false) }
                Thread.detachNewThread { [self] in pass(from: server, to: client, isAnswer: true) }
            }
        }
    }

    /// Changes what happens to later bytes.
    func set(_ fault: Fault) { self.fault.withLock { $0 = fault } }

    func stop() {
        listener.shutDown()
        for socket in sockets.withLock({ $0 }) { socket.shutDown() }
    }

    private func pass(from source: Socket, to target: Socket, isAnswer: Bool) {
        while let bytes = source.receive() {
            guard isAnswer else {
                guard target.send(Data(bytes)) else { break }
                continue
            }
            let (allowed, isCut) = fault.withLock { fault in
                switch fault {
                case .none: return (bytes.count, false)
                case .stalls: return (0, false)
                case .cuts(let rest):
                    fault = .cuts(after: max(0, rest - bytes.count))
                    return (min(rest, bytes.count), rest <= bytes.count)
                }
            }
            guard target.send(Data(bytes.prefix(allowed))), !isCut else { break }
        }
        source.shutDown()
        target.shutDown()
    }
}
#endif
