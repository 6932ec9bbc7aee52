import Foundation

/// What is stored in the comparisons.
enum Sample {
    /// 13,000 bytes: about as much as the entry of a response with 12 header fields and a 12 KB body.
    static let file = Data((0..<13_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
}
