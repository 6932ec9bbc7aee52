import Serializers
import Testing

/// A serializer for the common suites, and the limitations of its format.
struct SerializerUnderTest: CustomTestStringConvertible, Sendable {
    /// Values that a format may be unable to hold; the suites then expect an error instead of a round trip.
    struct Limits: OptionSet, Sendable {
        let rawValue: Int
        /// Infinities and NaN.
        static let finiteNumbers = Limits(rawValue: 1)
        /// Bytes and dates are text, and only a type that asks for them can tell.
        static let textualBytesAndDates = Limits(rawValue: 2)
        /// Decimal numbers have a limited range.
        static let limitedNumbers = Limits(rawValue: 4)
        /// Integers have 34 digits at most.
        static let limitedIntegers = Limits(rawValue: 8)
        /// Names can't contain NUL.
        static let namesWithoutNUL = Limits(rawValue: 16)
    }

    let serializer: any ViewingSerializer
    var limits: Limits = []

    var testDescription: String { serializer.name }

    /// A new format is added to all common suites by one line here.
    static let all: [SerializerUnderTest] = {
        var all = [
            SerializerUnderTest(serializer: JSONSerializer(), limits: [.finiteNumbers, .textualBytesAndDates]),
            SerializerUnderTest(serializer: NativeSerializer()),
        ]
        #if YAML
        all.append(SerializerUnderTest(serializer: YAMLSerializer(), limits: [.textualBytesAndDates, .limitedNumbers]))
        #endif
        #if BSON
        all.append(
            SerializerUnderTest(
                serializer: BSONSerializer(),
                limits: [.textualBytesAndDates, .limitedNumbers, .limitedIntegers, .namesWithoutNUL]
            )
        )
        #endif
        return all
    }()

    /// The kinds of generated documents that the format preserves.
    var kinds: DocumentGenerator.Kinds {
        var kinds = DocumentGenerator.Kinds.all
        if limits.contains(.finiteNumbers) { kinds.remove(.nonFiniteFloats) }
        if limits.contains(.textualBytesAndDates) { kinds.subtract([.bytes, .dates]) }
        if limits.contains(.limitedNumbers) { kinds.remove(.numbers) }
        if limits.contains(.limitedIntegers) { kinds.remove(.wideIntegers) }
        if limits.contains(.namesWithoutNUL) { kinds.remove(.namesWithNUL) }
        return kinds
    }
}
