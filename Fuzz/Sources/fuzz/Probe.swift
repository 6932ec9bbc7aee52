import Foundation
import Serializers

/// A value with one of each type, so that decoding covers the whole bridge to `Codable`.
///
/// The names are short, so that mutations can find them.
struct Probe: Codable {
    enum Choice: Codable {
        case one
        case two(Int)
        case three(a: String, b: [Bool])
    }

    var b: Bool?
    var i: Int?
    var i8: Int8?
    var u64: UInt64?
    var i128: Int128?
    var f: Float?
    var d: Double?
    var n: Decimal?
    var s: String?
    var x: Data?
    var t: Date?
    var id: UUID?
    var url: URL?
    var o: [Int?]?
    var c: Choice?
    var p: [Probe]?
    var m: [String: Int]?
    var k: [Int: String]?
    var any: Document?
    var json: JSONText?
}
