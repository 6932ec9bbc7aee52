package import Foundation

extension Origin {
    /// Header fields as they are on the wire, in order and with repetitions.
    ///
    /// Each character is one byte (ISO Latin 1).
    package struct Fields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
        /// Names and values.
        package var lines: [Line]

        /// One header field.
        package struct Line: Sendable, Hashable {
            /// The name, in the spelling of the wire.
            package var name: String
            /// The value without the whitespace around it.
            package var value: String
        }

        /// Makes header fields.
        package init(dictionaryLiteral elements: (String, String)...) {
            self.lines = elements.map { Line(name: $0.0, value: $0.1) }
        }

        /// All values with a name, in order.
        package func values(of name: String) -> [String] {
            lines.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }

        /// The value with a name; repeated ones are joined with commas.
        ///
        /// Setting it replaces them all.
        package subscript(name: String) -> String? {
            get {
                let values = values(of: name)
                return values.isEmpty ? nil : values.joined(separator: ", ")
            }
            set {
                lines.removeAll { $0.name.lowercased() == name.lowercased() }
                if let newValue { add(name, newValue) }
            }
        }

        /// Adds a field, even if there is one with this name.
        package mutating func add(_ name: String, _ value: String) {
            lines.append(Line(name: name, value: value))
        }
    }

    /// A received request.
    package struct Request: Sendable, Hashable {
        /// The method.
        package var method: String
        /// The request target: path and query.
        package var target: String
        /// The header fields.
        package var fields: Fields
        /// The content without transfer coding.
        package var body: Data
        /// The number of this request among those for its path, from 1.
        package var ordinal = 0

        /// The path of the target.
        package var path: String {
            String(target.prefix { $0 != "?" })
        }

        /// The parameters of the query, percent-decoded, in order.
        package var query: [(name: String, value: String)] {
            let items = URLComponents(string: target)?.queryItems ?? []
            return items.map { ($0.name, $0.value ?? "") }
        }

        /// The first query parameter with a name.
        package func parameter(_ name: String) -> String? {
            query.first { $0.name == name }?.value
        }
    }
}
