import Foundation
import Synchronization

/// Passes TCP connections on to a server on this machine, and disturbs them.
package final class Relay: Sendable {
    private struct State {
        /// How many more bytes of replies are passed on before the connection is cut; `nil` for all.
        var bytesToCut: Int?
        /// Closed while replies are held back.
        var passing = Gate()
        var connections: Set<Int32> = []
        var isStopped = false
    }

    /// The port to connect to, on 127.0.0.1.
    package let port: Int
    private let target: Int
    private let state = Mutex(State())
    private let accepted = Mutex(0)

    /// Starts to pass connections on.
    ///
    /// - Parameter target: The server's port on 127.0.0.1.
    /// - Throws: When there is no free port.
    package init(to target: Int) throws {
        let listener = try Socket.listening()
        self.port = try listener.localPort()
        self.target = target
        state.withLock { $0.passing.open() }
        Thread.detachNewThread {
            defer { listener.close() }
            while let client = listener.accept() {
                guard self.pass(client) else { return client.close() }
            }
        }
    }

    /// The number of connections so far.
    package var connectionCount: Int { accepted.withLock { $0 } }

    /// Cuts the connection that next receives this many bytes of replies, after them.
    ///
    /// - Parameter byteCount: The number of bytes that are still passed on.
    package func cut(after byteCount: Int) {
        state.withLock { $0.bytesToCut = byteCount }
    }

    /// Holds all replies back, as a slow server does.
    package func hold() {
        state.withLock { $0.passing = Gate() }
    }

    /// Passes on the replies that were held back, and later ones.
    package func release() {
        state.withLock { $0.passing }.open()
    }

    /// Ends all connections and accepts no more.
    package func stop() {
        let wasRunning = state.withLock { state in
            defer { state.isStopped = true }
            for connection in state.connections { Socket(descriptor: connection).shutDown() }
            return !state.isStopped
        }
        release()
        // Wakes the listening thread, which then ends.
        if wasRunning { Socket.connected(to: port)?.close() }
    }

    private func pass(_ client: Socket) -> Bool {
        guard let server = Socket.connected(to: target) else {
            client.resetOnClose()
            client.close()
            return !state.withLock { $0.isStopped }
        }
        let isWelcome = state.withLock { state in
            guard !state.isStopped else { return false }
            state.connections.formUnion([client.descriptor, server.descriptor])
            return true
        }
        guard isWelcome else {
            server.close()
            return false
        }
        accepted.withLock { $0 += 1 }
        let requestsEnded = Gate()
        Thread.detachNewThread {
            while let bytes = client.receive(), server.send(Data(bytes)) {}
            server.shutDown()
            requestsEnded.open()
        }
        Thread.detachNewThread {
            while let bytes = server.receive() {
                self.state.withLock { $0.passing }.wait()
                let (passed, isCut) = self.share(of: bytes)
                guard client.send(Data(passed)), !isCut else { break }
            }
            client.shutDown()
            requestsEnded.wait()
            // Under the lock a connection leaves the set before its descriptor is closed and may be reused.
            self.state.withLock { $0.connections.subtract([client.descriptor, server.descriptor]) }
            client.close()
            server.close()
        }
        return true
    }

    /// The part of received bytes to pass on, and whether the connection is cut after it.
    private func share(of bytes: [UInt8]) -> (ArraySlice<UInt8>, isCut: Bool) {
        state.withLock { state in
            guard let count = state.bytesToCut else { return (bytes[...], false) }
            guard bytes.count >= count else {
                state.bytesToCut = count - bytes.count
                return (bytes[...], false)
            }
            state.bytesToCut = nil
            return (bytes.prefix(count), true)
        }
    }
}

/// Finds a port of 127.0.0.1 on which nothing listens.
///
/// - Returns: The port.
/// - Throws: When there is none.
package func freePort() throws -> Int {
    let socket = try Socket.listening()
    defer { socket.close() }
    return try socket.localPort()
}
