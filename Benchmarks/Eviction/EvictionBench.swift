import Foundation
import TestSupport

/// Prints the hit ratio of eviction beside that of an exact order of use, and by how much the limit was exceeded.
@main
enum EvictionBench {
    static func main() throws {
        print("A million requests, 100,000 keys, room for 10,000; Zipf-distributed with exponent s\n")
        print(row("", "hits", "exact", "difference", "overshoot", "looks/write", "marks/hit"))
        for exponent in [0.9, 1.0] {
            for (spread, sizes) in [(0.0, "equal sizes"), (1.2, "log-normal sizes")] {
                for (processCount, life, processes) in [
                    (1, Int.max, "1 process"), (4, .max, "4 processes"), (4, 50, "4 that end after 50 writes"),
                ] {
                    var simulation = EvictionSimulation()
                    simulation.exponent = exponent
                    simulation.spread = spread
                    simulation.processCount = processCount
                    simulation.writesPerProcess = life
                    let result = try simulation.run()
                    let difference = 100 * (result.hitRatio - result.exactHitRatio)
                    print(
                        row(
                            "s = \(exponent), \(sizes), \(processes)",
                            percent(result.hitRatio),
                            percent(result.exactHitRatio),
                            "\(number(difference)) \(difference >= -2 ? "✓" : "✗")",
                            "\(percent(result.overshoot)) \(result.overshoot < 0.05 ? "✓" : "✗")",
                            number(result.looksPerWrite),
                            number(result.marksPerHit)
                        )
                    )
                }
            }
        }
    }

    private static func row(_ title: String, _ columns: String...) -> String {
        func padding(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count))
        }
        return title + padding(title, 54) + columns.map { padding($0, 13) + $0 }.joined()
    }

    private static func percent(_ value: Double) -> String { "\(number(100 * value)) %" }

    private static func number(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(2)).locale(Locale(identifier: "en_US_POSIX")))
    }
}
