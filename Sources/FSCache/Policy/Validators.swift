internal import Foundation
internal import HTTPTypes
internal import Serializers

/// Validation of stored responses by the origin (RFC 9111 §4.3).
enum Validators {
    /// Whether a response with these fields can be validated.
    static func exist(in headers: HeaderSection) -> Bool {
        headers.contains(.eTag) || headers.contains(.lastModified)
    }

    /// Makes a request conditional on the stored response's validators (RFC 9111 §4.3.1).
    static func makeConditional(_ request: inout HTTPFields, with stored: HTTPFields) {
        if let entityTag = stored[.eTag] { request[.ifNoneMatch] = entityTag }
        if let lastModified = stored[.lastModified] { request[.ifModifiedSince] = lastModified }
    }

    /// Whether a 304 is about the stored response whose validators were sent (RFC 9111 §4.3.4).
    ///
    /// It isn't if it has a different validator. A 304 without a validator is about the one that was sent.
    static func selects(_ notModified: HTTPFields, _ stored: HTTPFields) -> Bool {
        if let tag = EntityTag(of: notModified), let own = EntityTag(of: stored) {
            return tag.isStrong ? tag.stronglyMatches(own) : tag.weaklyMatches(own)
        }
        if let lastModified = notModified[.lastModified], let own = stored[.lastModified] { return lastModified == own }
        return true
    }

    /// Whether a response to `HEAD` is about the same representation as a stored response to `GET`, so that it may update it
    /// (RFC 9111 §4.3.5).
    static func selectsByHead(_ head: HTTPFields, _ stored: StoredResponse) -> Bool {
        func agrees(_ name: HTTPField.Name) -> Bool {
            guard let value = head[name] else { return true }
            return value == stored.headerFields[name]
        }
        let length = head[.contentLength].map { length in
            // For a part, compare the complete length, which may be unknown.
            let part = stored.isPartial ? stored.contentRange?.completeLength.map(String.init) ?? length : nil
            return length == part ?? stored.headerFields[.contentLength] ?? stored.content.byteCount.map(String.init)
        }
        return agrees(.eTag) && agrees(.lastModified) && length ?? true
    }

    /// The stored fields, updated by those of a response without content (RFC 9111 §3.2).
    ///
    /// Fields that describe the stored content stay, and connection fields are dropped. An update with more fields than fit is
    /// ignored.
    static func merge(_ stored: HTTPFields, with update: HTTPFields) -> HTTPFields {
        let connectionOptions = StorableFields.connectionOptions(of: update)
        let replaced = update.filter {
            !StorableFields.isTiedToContent($0.name) && !StorableFields.isOfConnection($0.name)
                && !connectionOptions.contains($0.name.canonicalName)
        }
        // Some fields are added later.
        guard stored.count + replaced.count < HTTPFields.maximumCount - 100 else { return stored }
        let updates = Dictionary(grouping: replaced, by: \.name)
        var merged = HTTPFields()
        var written: Set<HTTPField.Name> = []
        for field in stored {
            guard let updates = updates[field.name] else {
                merged.append(field)
                continue
            }
            if written.insert(field.name).inserted {
                for field in updates { merged.append(field) }
            }
        }
        for field in replaced where !written.contains(field.name) { merged.append(field) }
        // Stored content has no transfer coding, so `Content-Length` must be its length (RFC 9112 §6.2).
        if merged.contains(.contentLength) { merged[.transferEncoding] = nil }
        return merged
    }
}

/// A strong validator, which changes whenever an octet of the representation does (RFC 9110 §8.8.1).
enum StrongValidator: Sendable, Hashable {
    case entityTag(EntityTag)
    case lastModified(Date)

    /// Finds the strong validator of a response; `nil` if it has none.
    ///
    /// Without an entity tag, a date counts if it is at least a second before the response was made
    /// (RFC 9110 §8.8.2.2). A weak tag says that octets may differ, so the date doesn't count then.
    init?(of response: StoredResponse) {
        let fields = response.headerFields
        let tags = EntityTag.list(.eTag, in: fields)
        if !tags.isEmpty {
            guard tags.count == 1, tags[0].isStrong else { return nil }
            self = .entityTag(tags[0])
            return
        }
        guard let modified = HTTPDate.first(.lastModified, in: fields, now: response.receivedAt) else { return nil }
        let date = HTTPDate.first(.date, in: fields, now: response.receivedAt) ?? response.receivedAt
        guard date.timeIntervalSince(modified) >= 1 else { return nil }
        self = .lastModified(modified)
    }

    /// The field of a response that has it.
    var fieldName: HTTPField.Name {
        switch self {
        case .entityTag: .eTag
        case .lastModified: .lastModified
        }
    }
}

/// An entity tag: an opaque name of one state of a representation (RFC 9110 §8.8.3).
///
/// A tag with invalid syntax is kept unchanged, and equals only tags with the same spelling.
struct EntityTag: Sendable, Hashable {
    /// Whether the tag is weak: representations with equal tags may differ in their octets.
    let isWeak: Bool
    /// The tag without `W/`, quotes included.
    let opaque: [UInt8]

    /// Whether the tag is strong and has valid syntax.
    var isStrong: Bool {
        !isWeak && opaque.count >= 2 && opaque.first == UInt8(ascii: "\"") && opaque.last == UInt8(ascii: "\"")
    }

    /// Whether both are strong and equal (RFC 9110 §8.8.3.2).
    func stronglyMatches(_ other: EntityTag) -> Bool {
        isStrong && self == other
    }

    /// Whether both are equal, weak or strong (RFC 9110 §8.8.3.2).
    func weaklyMatches(_ other: EntityTag) -> Bool {
        opaque == other.opaque
    }
}

extension EntityTag {
    /// The tag of a response; `nil` if it has none.
    init?(of fields: HTTPFields) {
        guard let tag = EntityTag.list(.eTag, in: fields).first else { return nil }
        self = tag
    }

    /// The tags in all fields with a name, such as `If-None-Match`.
    ///
    /// `*` counts as a tag; see ``isAny``.
    static func list(_ name: HTTPField.Name, in fields: HTTPFields) -> [EntityTag] {
        var tags: [EntityTag] = []
        for field in fields where field.name == name {
            field.withOctets { append(octets: $0, to: &tags) }
        }
        return tags
    }

    /// Whether this is `*`, which stands for any tag.
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
