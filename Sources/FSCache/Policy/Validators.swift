internal import Foundation
internal import HTTPTypes

/// Validation of stored responses by the origin (RFC 9111 §4.3).
enum Validators {
    /// Whether a response with these fields can be validated.
    static func exist(in headers: HeaderSection) -> Bool {
        headers.contains(.eTag) || headers.contains(.lastModified)
    }

    /// Adds to a request what asks the origin whether the stored response still holds (RFC 9111 §4.3.1).
    static func makeConditional(_ request: inout HTTPFields, with stored: HTTPFields) {
        if let entityTag = stored[.eTag] { request[.ifNoneMatch] = entityTag }
        if let lastModified = stored[.lastModified] { request[.ifModifiedSince] = lastModified }
    }

    /// Adds to a request that matches no stored variant the strong entity tags of those that there are: the origin may
    /// choose one of them (RFC 9111 §4.1, §4.3.1).
    ///
    /// - Returns: Whether there was one.
    static func makeConditional(_ request: inout HTTPFields, withAnyOf variants: [HTTPFields]) -> Bool {
        let tags = variants.filter { EntityTag(of: $0)?.isStrong == true }.compactMap { $0[.eTag] }
        guard !tags.isEmpty else { return false }
        request[.ifNoneMatch] = tags.joined(separator: ", ")
        return true
    }

    /// Whether a 304 that came in answer to the validators of a stored response means that response
    /// (RFC 9111 §4.3.4).
    ///
    /// It does not if it carries another validator. One without any answers what it was asked.
    static func selects(_ notModified: HTTPFields, _ stored: HTTPFields) -> Bool {
        if let tag = EntityTag(of: notModified), let own = EntityTag(of: stored) {
            return tag.isStrong ? tag.stronglyMatches(own) : tag.weaklyMatches(own)
        }
        if let lastModified = notModified[.lastModified], let own = stored[.lastModified] { return lastModified == own }
        return true
    }

    /// Which of several variants, all with strong entity tags, a 304 means; `nil` when it doesn't say.
    static func selected(by notModified: HTTPFields, among variants: [StoredResponse]) -> StoredResponse? {
        guard let tag = EntityTag(of: notModified) else { return nil }
        return variants.filter { EntityTag(of: $0.headerFields)?.stronglyMatches(tag) == true }
            .max { $0.receivedAt < $1.receivedAt }
    }

    /// Whether the response to a `HEAD` request tells of the same representation as a stored response to `GET`, which
    /// it may update then (RFC 9111 §4.3.5).
    static func selectsByHead(_ head: HTTPFields, _ stored: StoredResponse) -> Bool {
        func agrees(_ name: HTTPField.Name) -> Bool {
            guard let value = head[name] else { return true }
            return value == stored.headerFields[name]
        }
        let length = head[.contentLength].map { length in
            // Of a part, the length of the whole is meant, which nobody may have told.
            let part = stored.isPartial ? stored.contentRange?.completeLength.map(String.init) ?? length : nil
            return length == part ?? stored.headerFields[.contentLength] ?? stored.content.byteCount.map(String.init)
        }
        return agrees(.eTag) && agrees(.lastModified) && length ?? true
    }

    /// The stored fields after a response without content has brought new ones (RFC 9111 §3.2).
    ///
    /// Fields that describe the content as it is stored stay, and so do those of one connection.
    static func merge(_ stored: HTTPFields, with update: HTTPFields) -> HTTPFields {
        let connectionOptions = StorableFields.connectionOptions(of: update)
        let replaced = update.filter {
            !StorableFields.isTiedToContent($0.name) && !StorableFields.isOfConnection($0.name)
                && !connectionOptions.contains($0.name.canonicalName)
        }
        var merged = HTTPFields()
        var written: Set<HTTPField.Name> = []
        for field in stored {
            let news = replaced.filter { $0.name == field.name }
            if news.isEmpty {
                merged.append(field)
            } else if written.insert(field.name).inserted {
                for field in news { merged.append(field) }
            }
        }
        for field in replaced where !written.contains(field.name) { merged.append(field) }
        // What is stored has no transfer coding left, so that its length is the one to be told (RFC 9112 §6.2).
        if merged.contains(.contentLength) { merged[.transferEncoding] = nil }
        return merged
    }
}
