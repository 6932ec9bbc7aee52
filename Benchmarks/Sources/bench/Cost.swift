import Foundation

/// The time that one operation takes.
struct Cost {
    /// Wall time.
    var elapsed: Duration
    /// The processor time of the process, which other processes influence less.
    var processor: Duration

    /// Measures the average of a batch.
    static func average(of operation: Operation, _ times: Int) async throws -> Cost {
        let processorStart = processorTime
        let start = ContinuousClock.now
        try await operation(times)
        let elapsed = ContinuousClock.now - start
        return Cost(elapsed: elapsed / times, processor: (processorTime - processorStart) / times)
    }

    private static var processorTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
