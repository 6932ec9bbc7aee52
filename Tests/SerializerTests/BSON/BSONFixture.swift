#if BSON
import Foundation

/// Builds BSON by hand, following the specification (https://bsonspec.org/spec.html).
struct BSONFixture {
    /// A complete document with elements.
    static func document(_ elements: [UInt8]) -> Data {
        Data(frame(elements))
    }

    /// A length, elements and the final zero.
    static func frame(_ elements: [UInt8]) -> [UInt8] {
        int32(elements.count + 5) + elements + [0]
    }

    /// An element named `v`.
    static func element(_ type: UInt8, _ value: [UInt8], name: String = "v") -> [UInt8] {
        [type] + name.utf8 + [0] + value
    }

    static func int32(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func int64(_ value: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * Int64($0))) }
    }

    /// A length, UTF-8 and a zero.
    static func text(_ text: String) -> [UInt8] {
        int32(text.utf8.count + 1) + text.utf8 + [0]
    }
}
#endif
