import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// System calls, because methods here have the same names.
private let systemAccept = unsafe accept
private let systemSend = unsafe send
private let systemClose = close

/// A TCP socket on the loopback interface.
struct Socket: Sendable {
    struct Failure: Error {
        var call: String
        var number: Int32
    }

    let descriptor: Int32

    /// Listens on a free port of 127.0.0.1.
    static func listening() throws -> Socket {
        let socket = try Socket.open()
        do {
            var address = loopback(port: 0)
            let result = unsafe withUnsafeBytes(of: &address) { bytes in
                unsafe bind(socket.descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, length)
            }
            guard result == 0 else { throw Failure(call: "bind", number: errno) }
            guard listen(socket.descriptor, 512) == 0 else { throw Failure(call: "listen", number: errno) }
            return socket
        } catch {
            socket.close()
            throw error
        }
    }

    /// Connects to a port of 127.0.0.1.
    static func connected(to port: Int) -> Socket? {
        guard let socket = try? Socket.open() else { return nil }
        var address = loopback(port: UInt16(port))
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe connect(socket.descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, length)
        }
        guard result == 0 else {
            socket.close()
            return nil
        }
        return socket
    }

    private static var length: socklen_t { socklen_t(MemoryLayout<sockaddr_in>.size) }

    private static func open() throws -> Socket {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Failure(call: "socket", number: errno) }
        let socket = Socket(descriptor: descriptor)
        socket.keepFromChildren()
        return socket
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }

    /// The port to which it is bound.
    func localPort() throws -> Int {
        var address = sockaddr_in()
        var length = Socket.length
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        guard result == 0 else { throw Failure(call: "getsockname", number: errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Waits for the next connection; `nil` after the end.
    func accept() -> Socket? {
        while true {
            let accepted = systemAccept(descriptor, nil, nil)
            if accepted < 0 {
                guard errno == EINTR || errno == ECONNABORTED else { return nil }
                continue
            }
            let socket = Socket(descriptor: accepted)
            socket.keepFromChildren()
            socket.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
            #if canImport(Darwin)
            socket.setOption(SOL_SOCKET, SO_NOSIGPIPE, Int32(1))
            #endif
            return socket
        }
    }

    /// Sends all bytes.
    ///
    /// - Returns: Whether the connection accepted them.
    @discardableResult
    func send(_ bytes: Data) -> Bool {
        #if canImport(Darwin)
        let flags: Int32 = 0
        #else
        let flags = Int32(MSG_NOSIGNAL)
        #endif
        return unsafe bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
                let count = unsafe systemSend(descriptor, rest.baseAddress, rest.count, flags)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Sends as many bytes as the connection accepts at once.
    ///
    /// - Returns: The number of sent bytes, or `nil` when the connection is broken.
    func sendSome(_ bytes: Data) -> Int? {
        #if canImport(Darwin)
        let flags = MSG_DONTWAIT
        #else
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        #endif
        let count = unsafe bytes.withUnsafeBytes { unsafe systemSend(descriptor, $0.baseAddress, $0.count, flags) }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? 0 : nil }
        return count
    }

    /// Waits until the connection accepts bytes or is broken.
    ///
    /// - Parameter milliseconds: The limit; none when it is negative.
    /// - Returns: Whether that happened within the limit.
    func isWritable(within milliseconds: Int32) -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        return unsafe poll(&descriptors, 1, milliseconds) != 0
    }

    /// Waits for bytes; `nil` at the end of the connection.
    func receive() -> [UInt8]? {
        let received = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            repeat {
                count = unsafe max(-1, recv(descriptor, buffer.baseAddress, buffer.count, 0))
            } while count < 0 && errno == EINTR
            count = max(0, count)
        }
        return received.isEmpty ? nil : received
    }

    /// Ends both directions, which wakes threads that wait for the socket.
    func shutDown() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Makes the next close break the connection with a reset.
    func resetOnClose() {
        setOption(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    }

    /// Closes the descriptor.
    func close() {
        _ = systemClose(descriptor)
    }

    /// Hides the socket from programs that a test starts, because they would keep the connection open.
    private func keepFromChildren() {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private func setOption<Value: BitwiseCopyable>(_ level: Int32, _ name: Int32, _ value: Value) {
        _ = unsafe withUnsafeBytes(of: value) { bytes in
            unsafe setsockopt(descriptor, level, name, bytes.baseAddress, socklen_t(bytes.count))
        }
    }
}
