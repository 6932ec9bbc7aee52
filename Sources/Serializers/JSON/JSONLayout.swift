/// The whitespace of a JSON text as a rule: where there is some, and which.
///
/// Together with the tokens of the text it gives the text back to the byte.
package struct JSONLayout: Sendable, Hashable {
    /// How arrays, or objects, are laid out.
    package struct Brackets: Sendable, Hashable {
        /// Whether each element or member has a line of its own.
        package var isMultiline = false
        /// What stands inside the brackets on both sides, on one line.
        package var padding = ""
        /// The comma and the whitespace around it, up to the line break if there is one.
        package var comma = ","
        /// What stands between the brackets when there is nothing else.
        package var empty = ""
    }

    /// What stands before the text.
    package var leading = ""
    /// What stands behind the text, such as a final newline.
    package var trailing = ""
    /// The line break: `\n` or `\r\n`.
    package var newline = "\n"
    /// What a line starts with, once for each multi-line array and object that it is in.
    package var indent = ""
    /// The colon and the whitespace around it.
    package var colon = ":"
    /// How arrays are laid out.
    package var array = Brackets()
    /// How objects are laid out.
    package var object = Brackets()

    /// No whitespace at all, as most programs write JSON.
    package static let compact = JSONLayout()

    /// Two spaces a level and a final newline, as `JSONSerializer` lays out its files.
    package static let pretty = {
        var layout = JSONLayout()
        layout.trailing = "\n"
        layout.indent = "  "
        layout.colon = ": "
        layout.array.isMultiline = true
        layout.object.isMultiline = true
        return layout
    }()

    /// Whether what is written for each line and token is short, as in all layouts that programs write.
    ///
    /// A layout may come from a hostile file, in which a long indentation would make a long text of a short one.
    var isModest: Bool {
        [newline, indent, colon, array.padding, array.comma, array.empty, object.padding, object.comma, object.empty]
            .allSatisfy { $0.utf8.count <= 16 }
    }
}
