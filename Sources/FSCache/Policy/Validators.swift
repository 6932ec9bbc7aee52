internal import HTTPTypes

/// Conditional requests: what makes one, and what a 304 does to the stored response (RFC 9111 §4.3).
enum Validators {
    /// Whether a response with these fields can be validated.
    static func exist(in fields: HTTPFields) -> Bool {
        fields.contains(.eTag) || fields.contains(.lastModified)
    }

    /// Whether the caller made the request conditional, or asked for a part only: the answer is then the caller's.
    static func isConditionalOrPartial(_ fields: HTTPFields) -> Bool {
        fields.contains { conditionalFields.contains($0.name) }
    }

    private static let conditionalFields: Set<HTTPField.Name> = [
        .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange, .range,
    ]

    /// Adds to a request what asks the origin whether the stored response still holds (RFC 9111 §4.3.1).
    static func makeConditional(_ request: inout HTTPFields, with stored: HTTPFields) {
        if let entityTag = stored[.eTag] { request[.ifNoneMatch] = entityTag }
        if let lastModified = stored[.lastModified] { request[.ifModifiedSince] = lastModified }
    }

    /// The stored fields after a 304 has brought new ones (RFC 9111 §3.2).
    ///
    /// Fields that describe the content as it is stored stay, and so do those of one connection.
    static func merge(_ stored: HTTPFields, with update: HTTPFields) -> HTTPFields {
        let connectionOptions = Set(
            update[values: .connection].flatMap { $0.split(separator: ",") }
                .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        )
        let replaced = update.filter {
            !keptFields.contains($0.name) && !connectionOptions.contains($0.name.canonicalName)
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

    private static let keptFields: Set<HTTPField.Name> = [
        .connection, .contentEncoding, .contentLength, .contentRange, .contentType, .keepAlive, .proxyAuthenticate,
        .proxyAuthorization, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade,
    ]
}
