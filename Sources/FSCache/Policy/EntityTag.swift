internal import HTTPTypes
internal import Serializers

/// An entity tag: an opaque name of one state of a representation (RFC 9110 §8.8.3).
///
/// What is not spelt like one is kept as it stands, and equals only what is spelt in the same way.
struct EntityTag: Sendable, Hashable {
    /// Whether the tag only tells that states may stand for each other.
    let isWeak: Bool
    /// The tag without `W/`, quotes included.
    let opaque: [UInt8]

    /// Whether the tag is spelt as it should be, and strong.
    var isStrong: Bool {
        !isWeak && opaque.count >= 2 && opaque.first == UInt8(ascii: "\"") && opaque.last == UInt8(ascii: "\"")
    }

    /// Whether both are strong and the same (RFC 9110 §8.8.3.2).
    func stronglyMatches(_ other: EntityTag) -> Bool {
        isStrong && self == other
    }

    /// Whether both are the same, weak or strong (RFC 9110 §8.8.3.2).
    func weaklyMatches(_ other: EntityTag) -> Bool {
        opaque == other.opaque
    }
}

extension EntityTag {
    /// The tag of a response; `nil` when it has none.
    init?(of fields: HTTPFields) {
        guard let tag = EntityTag.list(.eTag, in: fields).first else { return nil }
        self = tag
    }

    /// The tags in all fields of a name, such as `If-None-Match`.
    ///
    /// `*` comes as it stands: see ``isAny``.
    static func list(_ name: HTTPField.Name, in fields: HTTPFields) -> [EntityTag] {
        var tags: [EntityTag] = []
        for field in fields where field.name == name {
            field.withOctets { append(octets: $0, to: &tags) }
        }
        return tags
    }

    /// Whether this is the `*` that stands for any tag.
    var isAny: Bool { !isWeak && opaque == [UInt8(ascii: "*")] }

    private static func append(octets: borrowing Span<UInt8>, to tags: inout [EntityTag]) {
        var index = 0
        while index < octets.count {
            guard !octets[index].isBlank, octets[index] != UInt8(ascii: ",") else {
                index += 1
                continue
            }
            let isWeak = octets.matches("W/", at: index, ignoringCase: false)
            if isWeak { index += 2 }
            let start = index
            var isQuoted = false
            // A tag has no escapes: a backslash is a character like any other.
            while index < octets.count, isQuoted || octets[index] != UInt8(ascii: ",") {
                if octets[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
                index += 1
            }
            var end = index
            while end > start, octets[end - 1].isBlank { end -= 1 }
            var opaque: [UInt8] = []
            for position in start..<end { opaque.append(octets[position]) }
            tags.append(EntityTag(isWeak: isWeak, opaque: opaque))
        }
    }
}
