/// The rule for the whitespace of a JSON text.
///
/// Together with its tokens, it reproduces the text byte for byte.
package struct JSONLayout: Sendable, Hashable {
    /// How arrays, or objects, are laid out.
    package struct Brackets: Sendable, Hashable {
        /// Whether each element or member starts a new line.
        package var isMultiline = false
        /// The whitespace inside the brackets, on one line.
        package var padding = ""
        /// The comma and the whitespace around it, up to the line break if there is one.
        package var comma = ","
        /// The whitespace between empty brackets.
        package var empty = ""
    }

    /// The whitespace before the text.
    package var leading = ""
    /// The whitespace after the text, such as a final newline.
    package var trailing = ""
    /// The line break: `\n` or `\r\n`.
    package var newline = "\n"
    /// The indentation of one level.
    package var indent = ""
    /// The colon and the whitespace around it.
    package var colon = ":"
    /// How arrays are laid out.
    package var array = Brackets()
    /// How objects are laid out.
    package var object = Brackets()

    /// No whitespace at all, as most programs write JSON.
    package static let compact = JSONLayout()

    /// Two spaces for each level and a final newline, like the files of `JSONSerializer`.
    package static let pretty = {
        var layout = JSONLayout()
        layout.trailing = "\n"
        layout.indent = "  "
        layout.colon = ": "
        layout.array.isMultiline = true
        layout.object.isMultiline = true
        return layout
    }()

    /// Whether all parts are short, as in the layouts that programs write.
    ///
    /// In a hostile file, a long indentation could make a short text very long.
    var isModest: Bool {
        [newline, indent, colon, array.padding, array.comma, array.empty, object.padding, object.comma, object.empty]
            .allSatisfy { $0.utf8.count <= 16 }
    }
}

extension JSONLayout: Codable {
    /// Members that equal those of ``compact`` are left out.
    private enum CodingKeys: String, CodingKey {
        case indent, newline, colon
        case arrayLines, arrayComma, arrayPadding, emptyArray
        case objectLines, objectComma, objectPadding, emptyObject
        case leading, trailing
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Layouts come from files, so only whitespace may be between tokens.
        func whitespace(_ key: CodingKeys, around token: String = "") throws -> String {
            let text = try container.decodeIfPresent(String.self, forKey: key) ?? token
            guard String(text.unicodeScalars.filter { !" \t\r\n".unicodeScalars.contains($0) }) == token else {
                throw DecodingError.dataCorruptedError(
                    forKey: key,
                    in: container,
                    debugDescription: token.isEmpty ? "expected whitespace" : "expected '\(token)' and whitespace"
                )
            }
            return text
        }
        self.init()
        indent = try whitespace(.indent)
        if container.contains(.newline) { newline = try whitespace(.newline) }
        colon = try whitespace(.colon, around: ":")
        leading = try whitespace(.leading)
        trailing = try whitespace(.trailing)
        array.isMultiline = try container.decodeIfPresent(Bool.self, forKey: .arrayLines) ?? false
        array.comma = try whitespace(.arrayComma, around: ",")
        array.padding = try whitespace(.arrayPadding)
        array.empty = try whitespace(.emptyArray)
        object.isMultiline = try container.decodeIfPresent(Bool.self, forKey: .objectLines) ?? false
        object.comma = try whitespace(.objectComma, around: ",")
        object.padding = try whitespace(.objectPadding)
        object.empty = try whitespace(.emptyObject)
        guard isModest else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "expected short whitespace")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode<Value: Encodable & Equatable>(_ property: KeyPath<JSONLayout, Value>, _ key: CodingKeys) throws {
            let value = self[keyPath: property]
            if value != Self.compact[keyPath: property] { try container.encode(value, forKey: key) }
        }
        try encode(\.indent, .indent)
        try encode(\.newline, .newline)
        try encode(\.colon, .colon)
        try encode(\.array.isMultiline, .arrayLines)
        try encode(\.array.comma, .arrayComma)
        try encode(\.array.padding, .arrayPadding)
        try encode(\.array.empty, .emptyArray)
        try encode(\.object.isMultiline, .objectLines)
        try encode(\.object.comma, .objectComma)
        try encode(\.object.padding, .objectPadding)
        try encode(\.object.empty, .emptyObject)
        try encode(\.leading, .leading)
        try encode(\.trailing, .trailing)
    }
}
