import CAllocationCounter
import Foundation

/// What one comparison gave.
struct Measurement {
    /// The subject's time through the baseline's, one ratio for each pair of batches, in ascending order.
    let ratios: [Double]
    /// The same for processor time: the median.
    let processorRatio: Double
    /// The subject's time less the baseline's, one difference for each pair of batches, in ascending order.
    let differences: [Duration]
    /// The same for processor time: the median.
    let processorDifference: Duration
    /// The median time of one operation.
    let subject: Duration
    /// The median time of one operation.
    let baseline: Duration
    /// Heap allocations for each of the subject's operations, and for each of the baseline's, where they can be counted.
    let allocations: (subject: Double, baseline: Double)?

    /// Measures a comparison.
    ///
    /// Subject and baseline take turns, and so does who begins, so that whatever slows the machine down meets both.
    ///
    /// - Parameters:
    ///   - comparison: What to measure.
    ///   - folder: An empty folder.
    ///   - batches: How many pairs of batches to time.
    // Off the main actor, where most callers of a cache are: from there a hop to another thread would be counted in.
    @concurrent
    static func take(_ comparison: Comparison, in folder: URL, batches: Int) async throws -> Measurement {
        let (subject, baseline) = try await comparison.prepare(folder)
        let subjectTimes = try await timesFillingBatch(subject)
        let baselineTimes = try await timesFillingBatch(baseline)
        var pairs: [(subject: Cost, baseline: Cost)] = []
        for batch in 0..<batches {
            if batch.isMultiple(of: 2) {
                let first = try await Cost.average(of: subject, subjectTimes)
                pairs.append((first, try await Cost.average(of: baseline, baselineTimes)))
            } else {
                let first = try await Cost.average(of: baseline, baselineTimes)
                pairs.append((try await Cost.average(of: subject, subjectTimes), first))
            }
        }
        return Measurement(
            ratios: pairs.map { $0.subject.elapsed / $0.baseline.elapsed }.sorted(),
            processorRatio: pairs.map { $0.subject.processor / $0.baseline.processor }.sorted()[batches / 2],
            differences: pairs.map { $0.subject.elapsed - $0.baseline.elapsed }.sorted(),
            processorDifference: pairs.map { $0.subject.processor - $0.baseline.processor }.sorted()[batches / 2],
            subject: pairs.map(\.subject.elapsed).sorted()[batches / 2],
            baseline: pairs.map(\.baseline.elapsed).sorted()[batches / 2],
            allocations: allocation_counter_available()
                ? (try await allocations(subject), try await allocations(baseline)) : nil
        )
    }

    private static let batchDuration = Duration.milliseconds(10)

    /// How often an operation runs in one batch; finding out warms it up.
    private static func timesFillingBatch(_ operation: Operation) async throws -> Int {
        var times = 1
        while try await Cost.average(of: operation, times).elapsed * times < batchDuration { times *= 2 }
        return times
    }

    /// Allocations of one operation: what a thousand more of them add, so that what begins and ends a batch is left out.
    private static func allocations(_ operation: Operation) async throws -> Double {
        let few = try await allocations(operation, 1)
        let many = try await allocations(operation, 1001)
        return (Double(many) - Double(few)) / 1000
    }

    private static func allocations(_ operation: Operation, _ times: Int) async throws -> UInt64 {
        allocation_counter_start()
        defer { _ = allocation_counter_stop() }
        try await operation(times)
        return allocation_counter_stop()
    }
}
