#if Proxy
import Dispatch
import Foundation

/// The signals that ask a program to end: `SIGTERM` and `SIGINT`.
struct TerminationSignal: Sendable {
    private let signals: AsyncStream<Int32>

    /// Has signals wait instead of ending the program at once.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.signals = signals
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                continuation.yield(number)
                // Who asks once more does not want to wait. This also keeps the source until then.
                source.cancel()
                signal(number, SIG_DFL)
            }
            source.activate()
        }
    }

    /// Waits for the first of them; the same once more ends the program.
    func wait() async {
        for await _ in signals { return }
    }
}
#endif
