import Foundation
import Serializers

/// Reads anything in a format.
///
/// What can be read must survive being written and read again.
enum FormatTarget {
    /// Tries one input.
    ///
    /// - Parameters:
    ///   - serializer: The format.
    ///   - data: The input.
    ///   - refusesNumbers: Whether numbers that can be read may be refused when writing, because other readers of the
    ///     format would take them for infinity or zero.
    static func check(_ serializer: some DocumentSerializer, _ data: Data, refusesNumbers: Bool = false) {
        checkDocument(serializer, data, refusesNumbers)
        checkValue(serializer, data)
    }

    private static func checkDocument(
        _ serializer: some DocumentSerializer,
        _ data: Data,
        _ refusesNumbers: Bool
    ) {
        guard let document = accepted({ try serializer.document(from: data) }) else { return }
        let written: Data
        do {
            written = try serializer.bytes(of: document)
        } catch let error as SerializationError
            where error.code == .unrepresentable && refusesNumbers && document.holdsNumberBySpelling
        {
            return
        } catch {
            found("Writing what was read failed: \(error)")
        }
        let again = required("Reading what was written") { try serializer.document(from: written) }
        guard again.isIdentical(to: document) else {
            found("Became another document when written and read. What was written:\n\(written.hex)")
        }
        let writtenAgain = required("Writing again") { try serializer.bytes(of: again) }
        // What was a date may be text by now, which is written another way.
        guard writtenAgain == written || document.holdsDate else {
            found("Equal documents gave different bytes:\n\(written.hex)\n\(writtenAgain.hex)")
        }
    }

    private static func checkValue(_ serializer: some DocumentSerializer, _ data: Data) {
        guard let value = accepted({ try serializer.decode(Probe.self, from: data) }),
            let written = accepted({ try serializer.encode(value) })
        else { return }
        let again = required("Decoding what was encoded") { try serializer.decode(Probe.self, from: written) }
        let writtenAgain = required("Encoding again") { try serializer.encode(again) }
        guard written == writtenAgain else {
            found("Became another value when encoded and decoded. The bytes:\n\(written.hex)\n\(writtenAgain.hex)")
        }
    }
}

extension Data {
    /// Hexadecimal digits.
    ///
    /// Unlike the values that they describe, they can always be printed: `Date.description` traps for NaN.
    fileprivate var hex: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
