import Serializers
import Testing

/// A serializer that the common suites run over, and what its format can't hold.
struct SerializerUnderTest: CustomTestStringConvertible, Sendable {
    /// What a format may be unable to hold; the suites then expect an error instead of a round trip.
    struct Limits: OptionSet, Sendable {
        let rawValue: Int
        /// Infinities and NaN.
        static let finiteNumbers = Limits(rawValue: 1)
    }

    let serializer: any DocumentSerializer
    var limits: Limits = []

    var testDescription: String { serializer.name }

    /// A new format is added to all common suites by one line here.
    static let all = [
        SerializerUnderTest(serializer: JSONSerializer(), limits: .finiteNumbers)
    ]
}
