import CAllocationCounter
import Foundation

/// The result of one comparison.
struct Measurement {
    /// The subject's time divided by the baseline's for each pair of batches, in ascending order.
    let ratios: [Double]
    /// The median ratio of processor times.
    let processorRatio: Double
    /// The subject's time minus the baseline's for each pair of batches, in ascending order.
    let differences: [Duration]
    /// The median difference of processor times.
    let processorDifference: Duration
    /// The subject's median time.
    let subject: Duration
    /// The baseline's median time.
    let baseline: Duration
    /// Heap allocations per operation, if they can be counted.
    let allocations: (subject: Double, baseline: Double)?

    /// Measures a comparison.
    ///
    /// Subject and baseline alternate, in alternating order, so other load affects both.
    ///
    /// - Parameters:
    ///   - comparison: The comparison.
    ///   - folder: An empty folder.
    ///   - batches: The number of pairs of batches.
    // Run off the main actor, like most callers of a cache. Otherwise hops between threads would count.
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

    /// Finds how many operations fill a batch, and warms them up.
    private static func timesFillingBatch(_ operation: Operation) async throws -> Int {
        var times = 1
        while try await Cost.average(of: operation, times).elapsed * times < batchDuration { times *= 2 }
        return times
    }

    /// Counts the allocations that a thousand more operations add, which excludes those of the batch itself.
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
