import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The class of `URLProtocol` that belongs to each installed session.
///
/// `URLSession` makes the instances itself and tells them nothing but the request, so the class has to tell which session
/// it belongs to. A class is never used for a second session, because a `URLSession` may keep it as long as the process
/// lives.
final class URLProtocolClasses: Sendable {
    static let shared = URLProtocolClasses()

    private struct State {
        var count = 0
        var sessions: [ObjectIdentifier: CachedSession] = [:]
        var classes: [ObjectIdentifier: CachedURLProtocol.Type] = [:]
        #if !canImport(FoundationNetworking)
        var registered: CachedURLProtocol.Type?
        #endif
    }

    private let state = Mutex(State())

    private init() {}

    /// The class for a session, which is kept until it is closed.
    func `class`(for session: CachedSession) -> CachedURLProtocol.Type {
        state.withLock { state in
            // The session is kept, so no other one has its identifier.
            if let existing = state.classes[ObjectIdentifier(session)] { return existing }
            state.count += 1
            let new = Self.class(number: state.count)
            state.classes[ObjectIdentifier(session)] = new
            state.sessions[ObjectIdentifier(new)] = session
            return new
        }
    }

    /// The session that a class belongs to; `nil` if it has been closed.
    func session(of type: CachedURLProtocol.Type) -> CachedSession? {
        state.withLock { $0.sessions[ObjectIdentifier(type)] }
    }

    /// Forgets a session.
    func remove(_ session: CachedSession) {
        state.withLock { state in
            guard let type = state.classes.removeValue(forKey: ObjectIdentifier(session)) else { return }
            state.sessions[ObjectIdentifier(type)] = nil
        }
    }

    #if !canImport(FoundationNetworking)
    /// The class for a session, which is noted as the registered one.
    func registrableClass(for session: CachedSession) -> CachedURLProtocol.Type {
        let type = self.class(for: session)
        state.withLock { $0.registered = type }
        return type
    }

    /// The registered class, which is no longer noted.
    func takeRegisteredClass() -> CachedURLProtocol.Type? {
        state.withLock { $0.registered.take() }
    }
    #endif

    /// Makes a class at run time: a generic class whose argument spells the number in binary.
    private static func `class`(number: Int) -> CachedURLProtocol.Type {
        func make<Number: BinaryNumber>(_: Number.Type) -> CachedURLProtocol.Type {
            NumberedURLProtocol<Number>.self
        }
        return make(numeral(number))
    }

    private static func numeral(_ number: Int) -> any BinaryNumber.Type {
        func append<Number: BinaryNumber>(_ digit: Int, to _: Number.Type) -> any BinaryNumber.Type {
            digit == 0 ? Doubled<Number>.self : DoubledPlusOne<Number>.self
        }
        return number == 0 ? Zero.self : append(number % 2, to: numeral(number / 2))
    }
}

private protocol BinaryNumber {}
private enum Zero: BinaryNumber {}
private enum Doubled<Half: BinaryNumber>: BinaryNumber {}
private enum DoubledPlusOne<Half: BinaryNumber>: BinaryNumber {}

private final class NumberedURLProtocol<Number: BinaryNumber>: CachedURLProtocol {}
