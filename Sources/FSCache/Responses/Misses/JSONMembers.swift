package import Foundation
internal import Serializers

/// The members of a JSON body, to compare them with those of another one.
package struct JSONMembers {
    /// A value that two bodies don't share.
    package struct Difference {
        /// The path: `.user.name`, `[0].id`; empty for the whole body.
        package var path: String
        /// The value in the one body, as JSON; `nil` if it has no such member.
        package var left: String?
        /// The value in the other body.
        package var right: String?
    }

    private let document: Document

    /// Reads a body, or fails if it isn't JSON.
    package init?(_ body: Data) {
        guard let text = try? JSONText(body), let document = try? text.spelledDocument() else { return nil }
        self.document = document
    }

    /// Each scalar and each empty container with its path.
    var leaves: [String] {
        var leaves: [String] = []
        Self.visit(document, "") { leaves.append($0) }
        return leaves
    }

    private static func visit(_ document: Document, _ path: String, _ found: (String) -> Void) {
        switch document {
        case .map(let members) where !members.isEmpty:
            for member in members { visit(member.value, path + step(member.name), found) }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() { visit(element, "\(path)[\(index)]", found) }
        default: found("\(path)=\(text(document))")
        }
    }

    /// The differences to another body, in the order of its own members.
    ///
    /// - Returns: The differences; none if only whitespace or the order of members differs.
    package func differences(from other: JSONMembers) -> [Difference] {
        var differences: [Difference] = []
        Self.compare(document, other.document, "", &differences)
        return differences
    }

    private static func compare(_ left: Document, _ right: Document, _ path: String, _ found: inout [Difference]) {
        switch (left, right) {
        case (.map(let members), .map(let others)):
            let (values, otherValues) = (values(of: members), values(of: others))
            var names = Set<String>()
            for name in (members + others).map(\.name) where names.insert(name).inserted {
                compareMember(values[name], otherValues[name], path + step(name), &found)
            }
        case (.array(let elements), .array(let others)):
            for index in 0..<max(elements.count, others.count) {
                let element = index < elements.count ? elements[index] : nil
                let other = index < others.count ? others[index] : nil
                compareMember(element, other, "\(path)[\(index)]", &found)
            }
        default:
            if left != right { found.append(Difference(path: path, left: text(left), right: text(right))) }
        }
    }

    /// The values by name.
    ///
    /// Of members with the same name, the last one counts.
    private static func values(of members: [Document.Member]) -> [String: Document] {
        Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    private static func compareMember(
        _ left: Document?,
        _ right: Document?,
        _ path: String,
        _ found: inout [Difference]
    ) {
        if let left, let right {
            compare(left, right, path, &found)
        } else {
            found.append(Difference(path: path, left: left.map(text), right: right.map(text)))
        }
    }

    /// A step of a path: `.name`, or `["a b"]` for a name that isn't a word.
    private static func step(_ name: String) -> String {
        let isWord = !name.isEmpty && name.utf8.allSatisfy { $0.isUnreserved && $0 != UInt8(ascii: ".") }
        return isWord ? ".\(name)" : "[\(text(.string(name)))]"
    }

    /// A value as compact JSON.
    private static func text(_ document: Document) -> String {
        (try? JSONText(document)).map { String(decoding: $0.utf8, as: UTF8.self) } ?? ""
    }
}
