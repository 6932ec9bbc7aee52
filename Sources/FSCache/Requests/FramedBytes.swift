/// The unambiguous encoding that keys are digests of: a version, then parts, each as tag, length and content.
///
/// The version is ASCII text of fixed length. A tag is one ASCII letter, a length 8 octets, the highest first.
struct FramedBytes: Sendable, Hashable {
    /// What a part is.
    enum Tag: UInt8 {
        /// `M`: the method.
        case method = 0x4D
        /// `U`: the normalized URL.
        case url = 0x55
        /// `T`, always empty: certificates go unchecked.
        case unverifiedTLS = 0x54
        /// `H`: the name of a field in lower case, a colon, its normalized value.
        case field = 0x48
        /// `A`: the name, in lower case, of a field that is absent.
        case absentField = 0x41
        /// `B`: a body as it is.
        case bytes = 0x42
        /// `J`: a JSON body in canonical form.
        case json = 0x4A
        /// `F`: a form with its parameters in order.
        case form = 0x46
        /// `P`: a multipart body, as the fields and contents of its parts.
        case multipart = 0x50
        /// `C`: the content of one part of a multipart body.
        case content = 0x43
        /// `K`: the key of which this is a variant.
        case key = 0x4B
    }

    /// A part that is being written.
    struct OpenPart {
        fileprivate let start: Int
    }

    /// A part that was written.
    struct Part {
        var tag: Tag
        var content: Range<Int>
    }

    private static let headLength = 1 + 8

    /// What has been written.
    ///
    /// Append to it between ``begin(_:)`` and ``end(_:keepsEmpty:)``.
    var octets: [UInt8]

    /// Begins an encoding.
    ///
    /// - Parameters:
    ///   - version: What is encoded, and which edition of the rules. Parts inside another part have none.
    ///   - capacity: How many octets to expect.
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

    /// Ends a part: its content is what was appended since it was begun.
    ///
    /// - Parameters:
    ///   - part: The part to end.
    ///   - keepsEmpty: Whether the part stays when it has no content.
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

    /// Appends tag and length of a part whose content is digested on its own.
    mutating func appendHead(_ tag: Tag, contentCount: Int) {
        octets.append(tag.rawValue)
        unsafe withUnsafeBytes(of: UInt64(contentCount).bigEndian) { unsafe octets.append(contentsOf: $0) }
    }

    /// The parts that were written.
    ///
    /// - Parameters:
    ///   - octets: An encoding that ``FramedBytes`` wrote.
    ///   - start: Where the first part begins, after the version.
    /// - Returns: The parts, in order. The content of the last may extend beyond the end, if it is digested on its own.
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
