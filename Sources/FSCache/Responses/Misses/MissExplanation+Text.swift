internal import Foundation

extension MissExplanation: CustomStringConvertible {
    /// The explanation for people: some lines, without a final line break.
    ///
    /// Long values are shortened, and control and format characters are replaced.
    public var description: String {
        var lines = ["No stored response answers \(Self.target(request)).", summary]
        let rows = nearest.map { $0.differences.map(Row.init) }
        let widths = Row.widths(rows.flatMap(\.self))
        for (nearest, rows) in zip(nearest, rows) {
            lines.append("  \(Self.target(nearest.request))")
            lines += rows.map { "    \($0.text(widths))" }
            let more = nearest.omittedDifferenceCount
            if more > 0 { lines.append("    and \(more) more difference\(more == 1 ? "" : "s")") }
        }
        if !isSearchComplete {
            lines.append("Only \(searchedCount) stored requests were compared, so a more similar one may be stored.")
        }
        if !advice.isEmpty { lines.append(advice) }
        return lines.joined(separator: "\n")
    }

    /// The reason, and an introduction of the nearest requests.
    private var summary: String {
        let text = detail ?? Self.sentences[reason] ?? "\(reason)."
        return switch nearest.count {
        case 0: text
        case 1: "\(text) The most similar stored request:"
        default: "\(text) The most similar stored requests:"
        }
    }

    private static let sentences: [Reason: String] = [
        .empty: "Nothing is stored.",
        .host: "Nothing is stored for this host.",
        .path: "Nothing is stored for this path.",
        .method: "The path is stored, but not with this method.",
        .query: "The path is stored, but with another query.",
        .header: "The request is stored, but with other header fields.",
        .body: "The request is stored, but with another body.",
        .variant: "The request is stored, but its response varies by header fields that differ.",
        .used: "All stored responses to this request have been used.",
        .unusable:
            "A response is stored, but it may not be used: it is stale or incomplete, or the request demands another.",
        .settings:
            "The request is stored, but under the key of other settings: compare credentials, ignoredParameters, "
            + "matchHeaders, urlMatching and verification of certificates.",
    ]

    private static func target(_ request: StoredResponse.Request) -> String {
        "\(request.method) \(DifferenceText.shortened(request.url, to: 300).plain)"
    }

    /// A difference as cells of a table.
    private struct Row {
        private let label: String
        private let values: (wanted: String, stored: String)
        private let note: String
        private let isExpiry: Bool

        init(_ difference: Difference) {
            isExpiry = difference.ingredient == .expiry
            label = (["\(difference.ingredient)"] + [difference.name].compactMap { $0?.plain })
                .joined(separator: " ")
            let (wanted, stored) = DifferenceText.shortened(difference.wanted, difference.stored, to: 60)
            func text(_ value: String?) -> String { value.map { $0.isEmpty ? "(empty)" : $0.plain } ?? "(absent)" }
            values = (text(wanted), text(stored))
            note = difference.isRedacted ? "  (may differ)" : ""
        }

        static func widths(_ rows: [Row]) -> (label: Int, wanted: Int) {
            let rows = rows.filter { !$0.isExpiry }
            return (rows.map(\.label.count).max() ?? 0, rows.map(\.values.wanted.count).max() ?? 0)
        }

        func text(_ widths: (label: Int, wanted: Int)) -> String {
            if isExpiry { return "stale since \(values.stored)" }
            func padded(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(0, width - text.count))
            }
            let wanted = padded(values.wanted, widths.wanted)
            return "\(padded(label, widths.label))  wanted \(wanted)  stored \(values.stored)\(note)"
        }
    }
}

extension String {
    /// The text with U+FFFD in place of control and format characters, which could forge lines or move the cursor.
    fileprivate var plain: String {
        let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

// MARK: - JSON

extension MissExplanation: Encodable {
    private enum CodingKeys: CodingKey {
        case reason, detail, request, nearest, searchedCount, isSearchComplete, advice
    }

    /// Writes the explanation for programs.
    ///
    /// ```json
    /// {
    ///   "reason": "query",
    ///   "request": {"method": "GET", "url": "https://api.example.com/items?page=2"},
    ///   "nearest": [{
    ///     "request": {"method": "GET", "url": "https://api.example.com/items?page=1"},
    ///     "differences": [
    ///       {"ingredient": "query", "name": "page", "wanted": "2", "stored": "1", "isRedacted": false}
    ///     ],
    ///     "omittedDifferenceCount": 0
    ///   }],
    ///   "searchedCount": 12,
    ///   "isSearchComplete": true,
    ///   "advice": "…"
    /// }
    /// ```
    ///
    /// An absent value has no member. `detail` is present if the reason has a text of its own.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(reason.description, forKey: .reason)
        try container.encodeIfPresent(detail, forKey: .detail)
        try container.encode(EncodedTarget(request), forKey: .request)
        try container.encode(nearest, forKey: .nearest)
        try container.encode(searchedCount, forKey: .searchedCount)
        try container.encode(isSearchComplete, forKey: .isSearchComplete)
        try container.encode(advice, forKey: .advice)
    }
}

private struct EncodedTarget: Encodable {
    let method: String
    let url: String

    init(_ request: StoredResponse.Request) {
        method = "\(request.method)"
        url = request.url
    }
}

extension MissExplanation.NearestRequest: Encodable {
    private enum CodingKeys: CodingKey {
        case request, differences, omittedDifferenceCount
    }

    /// Writes the method and the URL of the request, and its differences.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(EncodedTarget(request), forKey: .request)
        try container.encode(differences, forKey: .differences)
        try container.encode(omittedDifferenceCount, forKey: .omittedDifferenceCount)
    }
}

extension MissExplanation.Difference: Encodable {
    private enum CodingKeys: CodingKey {
        case ingredient, name, wanted, stored, isRedacted
    }

    /// Writes the difference.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ingredient.description, forKey: .ingredient)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeIfPresent(wanted, forKey: .wanted)
        try container.encodeIfPresent(stored, forKey: .stored)
        try container.encode(isRedacted, forKey: .isRedacted)
    }
}
