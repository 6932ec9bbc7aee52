internal import Foundation
internal import HTTPTypes

/// What tells one state of a representation from all others, octet by octet (RFC 9110 §8.8.1).
enum StrongValidator: Sendable, Hashable {
    case entityTag(EntityTag)
    case lastModified(Date)

    /// Finds that of a response; `nil` where it has none.
    ///
    /// A date counts where there is no entity tag, and where it lies at least a second before the response was made
    /// (RFC 9110 §8.8.2.2): what has a weak tag says itself that octets may differ.
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

    /// The field of a response that it stands in.
    var fieldName: HTTPField.Name {
        switch self {
        case .entityTag: .eTag
        case .lastModified: .lastModified
        }
    }
}
