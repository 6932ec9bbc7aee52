import Foundation
import Serializers

/// Reads any input in a format.
///
/// A document that can be read must stay identical when it is written and read again.
enum FormatTarget {
    /// Tests one input.
    ///
    /// - Parameters:
    ///   - serializer: The format.
    ///   - data: The input.
    ///   - refusesNumbers: Whether the format may read numbers that it refuses to write, because other readers of the
    ///     format would read infinity or zero.
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
            found("Writing the document failed: \(error)")
        }
        let again = required("Reading the written document") { try serializer.document(from: written) }
        guard again.isIdentical(to: document) else {
            found("The document changed when it was written and read. The written bytes:\n\(written.hex)")
        }
        let writtenAgain = required("Writing again") { try serializer.bytes(of: again) }
        // A date may have become text, which is written differently.
        guard writtenAgain == written || document.holdsDate else {
            found("Equal documents gave different bytes:\n\(written.hex)\n\(writtenAgain.hex)")
        }
    }

    private static func checkValue(_ serializer: some DocumentSerializer, _ data: Data) {
        guard let value = accepted({ try serializer.decode(Probe.self, from: data) }),
            let written = accepted({ try serializer.encode(value) })
        else { return }
        let again = required("Decoding the encoded value") { try serializer.decode(Probe.self, from: written) }
        let writtenAgain = required("Encoding again") { try serializer.encode(again) }
        guard written == writtenAgain else {
            found("The value changed when it was encoded and decoded. The bytes:\n\(written.hex)\n\(writtenAgain.hex)")
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
