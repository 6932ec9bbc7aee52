#if Proxy
import HTTPTypes
import NIOCore

/// The time that a client may take for each task.
extension ServerConnection {
    /// Gives the client its time for a task.
    func begin(_ task: ClientTask) {
        self.task = task
        deadline = .now() + limits.time(for: task)
        if let timer {
            guard timer.time > deadline else { return }
            timer.scheduled.cancel()
        }
        startTimer()
    }

    private func startTimer() {
        let scheduled = channel.eventLoop.scheduleTask(deadline: deadline) {
            self.assumeIsolated { $0.checkDeadline() }
        }
        timer = (deadline, scheduled)
    }

    /// The client has sent something: if it is only a part of a head, the rest must follow soon.
    func hasRead() {
        guard reader != nil, parts.isEmpty, refusal == nil else { return }
        switch task {
        case .idling, .reading: begin(.sendingHead)
        case .sendingHead, .sendingContent, nil: break
        }
    }

    private func checkDeadline() {
        timer = nil
        guard isOpen, let task else { return }
        guard deadline <= .now() else { return startTimer() }
        let unsent = unsentByteCount
        switch task {
        case .idling where unsent > 0:
            // It still reads the last response.
            begin(.reading(unsent))
        case .reading(let before) where unsent < before:
            begin(unsent == 0 && reader != nil ? .idling : .reading(unsent))
        case .idling, .reading:
            channel.close(promise: nil)
        case .sendingHead, .sendingContent:
            refuse(.requestTimeout)
        }
    }

    /// How many bytes wait until the client reads more.
    var unsentByteCount: Int {
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
#endif
