/// The unambiguous encoding whose digest is a key: a version, then parts, each with a tag, a length and its content.
///
/// The version is ASCII text of fixed length. A tag is one ASCII letter, a length has 8 octets in big-endian order.
struct FramedBytes: Sendable, Hashable {
    /// The kind of a part.
    enum Tag: UInt8 {
        /// `M`: the method.
        case method = 0x4D
        /// `U`: the normalized URL.
        case url = 0x55
        /// `T`, always empty: certificates are not checked.
        case unverifiedTLS = 0x54
        /// `H`: the name of a field in lower case, a colon, and its normalized value.
        case field = 0x48
        /// `S`: a field whose value is secret: its name in lower case, a colon, and the digest of its normalized value.
        case digestedField = 0x53
        /// `A`: the name, in lower case, of a field that is absent.
        case absentField = 0x41
        /// `B`: a body, unchanged.
        case bytes = 0x42
        /// `J`: a JSON body in canonical form.
        case json = 0x4A
        /// `F`: a form with sorted parameters.
        case form = 0x46
        /// `P`: a multipart body, as the fields and contents of its parts.
        case multipart = 0x50
        /// `C`: the content of one part of a multipart body.
        case content = 0x43
        /// `K`: the primary key of a variant.
        case key = 0x4B
    }

    /// An open part.
    struct OpenPart {
        fileprivate let start: Int
    }

    /// A part of an encoding.
    struct Part {
        var tag: Tag
        var content: Range<Int>
    }

    private static let headLength = 1 + 8

    /// The encoding.
    ///
    /// Append content to it between ``begin(_:)`` and ``end(_:keepsEmpty:)``.
    var octets: [UInt8]

    /// Begins an encoding.
    ///
    /// - Parameters:
    ///   - version: The kind of the encoding and the version of its rules. Nested parts have none.
    ///   - capacity: The expected number of octets.
    init(version: StaticString = "", capacity: Int = 0) {
        self.octets = []
        octets.reserveCapacity(capacity)
        version.withUTF8Buffer { unsafe octets.append(contentsOf: $0) }
    }

    /// Begins a part.
    mutating func begin(_ tag: Tag) -> OpenPart {
        appendHead(tag, contentCount: 0)
        return OpenPart(start: octets.count - Self.headLength)
    }

    /// Ends a part, whose content is everything appended since it began.
    ///
    /// - Parameters:
    ///   - part: The part to end.
    ///   - keepsEmpty: Whether to keep the part if it has no content.
    mutating func end(_ part: OpenPart, keepsEmpty: Bool = true) {
        let count = octets.count - part.start - Self.headLength
        guard count > 0 || keepsEmpty else {
            octets.removeSubrange(part.start...)
            return
        }
        for position in 0..<8 {
            octets[part.start + 1 + position] = UInt8(truncatingIfNeeded: count >> (56 - 8 * position))
        }
    }

    /// Appends a part.
    mutating func append(_ tag: Tag, _ content: some Collection<UInt8>) {
        appendHead(tag, contentCount: content.count)
        octets.append(contentsOf: content)
    }

    /// Appends the tag and the length of a part whose content is digested separately.
    mutating func appendHead(_ tag: Tag, contentCount: Int) {
        octets.append(tag.rawValue)
        unsafe withUnsafeBytes(of: UInt64(contentCount).bigEndian) { unsafe octets.append(contentsOf: $0) }
    }

    /// The parts of an encoding.
    ///
    /// - Parameters:
    ///   - octets: An encoding that ``FramedBytes`` wrote.
    ///   - start: The index of the first part, after the version.
    /// - Returns: The parts in order. If the content of the last one is digested separately, its range exceeds the octets.
    static func parts(of octets: [UInt8], from start: Int) -> [Part] {
        var parts: [Part] = []
        var index = start
        while index + headLength <= octets.endIndex, let tag = Tag(rawValue: octets[index]) {
            let count = octets[(index + 1)..<(index + headLength)].reduce(0) { $0 << 8 | Int($1) }
            let contentStart = index + headLength
            parts.append(Part(tag: tag, content: contentStart..<(contentStart + count)))
            index = contentStart + count
        }
        return parts
    }
}
