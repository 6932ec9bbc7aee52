#if Proxy
import Dispatch
import Foundation

/// The signals that ask a process to end: `SIGTERM` and `SIGINT`.
struct TerminationSignal: Sendable {
    private let signals: AsyncStream<Int32>

    /// Catches the signals, so that they don't end the process.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.signals = signals
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                continuation.yield(number)
                // A second signal ends the process at once. Referring to the source here also keeps it alive until then.
                source.cancel()
                signal(number, SIG_DFL)
            }
            source.activate()
        }
    }

    /// Waits for the first signal.
    func wait() async {
        for await _ in signals { return }
    }
}
#endif
