/// A table of text.
///
/// Each column is as wide as its widest cell.
struct TextTable {
    private var rows: [[String]]
    private let rightAligned: Set<Int>

    /// - Parameters:
    ///   - header: The titles of the columns. Default: none.
    ///   - rightAligned: The indices of right-aligned columns.
    init(header: [String]? = nil, rightAligned: Set<Int> = []) {
        self.rows = header.map { [$0] } ?? []
        self.rightAligned = rightAligned
    }

    mutating func append(_ cells: [String]) {
        rows.append(cells.map(\.printable))
    }

    /// The lines of the table.
    ///
    /// Each ends with a line feed.
    var text: String {
        let columnCount = rows.map(\.count).max() ?? 0
        let widths = (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                if rightAligned.contains(column) { return padding + row[column] }
                return column == row.indices.last ? row[column] : row[column] + padding
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension String {
    /// The text with control characters replaced, so that a crafted file can't control the terminal.
    var printable: String {
        if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return self }
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
            )
        )
    }

    /// The text with control characters replaced, except line feeds.
    var printableLines: String {
        unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).printable }
            .joined(separator: "\n")
    }
}
