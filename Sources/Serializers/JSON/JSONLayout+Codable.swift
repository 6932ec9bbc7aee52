extension JSONLayout: Codable {
    /// Each member is left out where it is as in ``compact``.
    private enum CodingKeys: String, CodingKey {
        case indent, newline, colon
        case arrayLines, arrayComma, arrayPadding, emptyArray
        case objectLines, objectComma, objectPadding, emptyObject
        case leading, trailing
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Layouts come from files: only what leaves JSON as it is may stand between tokens.
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
