package import FSCache
package import FSCacheTesting
internal import Foundation

/// Random requests, of which a few keys get the most: the key of rank *n* is requested in proportion to 1 / *n*ˢ.
package struct ZipfTrace {
    package let keys: [CacheKey]
    /// The size of each key's entry.
    package let byteCounts: [Int]
    private let cumulativeWeights: [Double]
    package var generator: SeededGenerator

    /// Makes a trace.
    ///
    /// - Parameters:
    ///   - keyCount: The number of keys.
    ///   - exponent: The exponent *s*.
    ///   - spread: The standard deviation of the logarithm of the sizes, which have a median of 8 KiB. They are whole blocks.
    ///   - seed: Traces with equal seeds are equal.
    package init(keyCount: Int, exponent: Double, spread: Double, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        keys = (0..<keyCount).map { _ in
            CacheKey(words: (generator.next(), generator.next(), generator.next(), generator.next()))
        }
        byteCounts = (0..<keyCount).map { _ in
            let normal = (0..<12).reduce(-6.0) { sum, _ in sum + .random(in: 0..<1, using: &generator) }
            return (Int(8192 * exp(spread * normal)) + 4095) / 4096 * 4096
        }
        var sum = 0.0
        cumulativeWeights = (1...keyCount).map { rank in
            sum += pow(Double(rank), -exponent)
            return sum
        }
        self.generator = generator
    }

    /// The index of the next requested key.
    package mutating func next() -> Int {
        let target = Double.random(in: 0..<(cumulativeWeights.last ?? 1), using: &generator)
        var range = 0..<(cumulativeWeights.count - 1)
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range = cumulativeWeights[middle] > target ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
        }
        return range.lowerBound
    }
}
