#if Proxy
import Foundation
import Synchronization
import TestSupport

/// The state of a started process.
final class ProcessHandle: Sendable {
    private let state = Mutex<(identifier: Int32?, code: Int32?)>((nil, nil))
    private let ended: Gate

    init(ended: Gate) {
        self.ended = ended
    }

    var identifier: Int32? {
        get { state.withLock { $0.identifier } }
        set { state.withLock { $0.identifier = newValue } }
    }

    func end(_ code: Int32, isSignal: Bool) {
        state.withLock { $0.code = isSignal ? -code : code }
        ended.open()
    }

    /// Sends a signal, unless the process has ended.
    func signal(_ number: Int32) {
        state.withLock { state in
            if state.code == nil, let identifier = state.identifier { kill(identifier, number) }
        }
    }

    func exitCode() async -> Int32 {
        await ended.opened()
        return state.withLock { $0.code } ?? Int32.min
    }
}
#endif
