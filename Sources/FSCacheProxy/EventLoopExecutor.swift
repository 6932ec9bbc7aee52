#if Proxy
import NIOCore

/// Runs an actor on an event loop, and with it all that its tasks do.
///
/// It is a task executor as well, for what waits with a continuation goes on where its task prefers to, and only then
/// where it is isolated to. When both are the same, that is one turn of the event loop.
final class EventLoopExecutor: SerialExecutor, TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute {
            unsafe job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor()
            )
        }
    }

    func checkIsolated() {
        eventLoop.preconditionInEventLoop()
    }
}
#endif
