/// Lines in columns, each as wide as its widest cell, the last one as long as it likes.
struct TextTable {
    private var rows: [[String]]
    private let rightAligned: Set<Int>

    /// Begins a table.
    ///
    /// - Parameters:
    ///   - header: What stands above the columns; without it, the table has none.
    ///   - rightAligned: The columns whose cells stand at the right, by index.
    init(header: [String]? = nil, rightAligned: Set<Int> = []) {
        self.rows = header.map { [$0] } ?? []
        self.rightAligned = rightAligned
    }

    mutating func append(_ cells: [String]) {
        rows.append(cells.map(\.printable))
    }

    /// The lines, each with a line feed at its end.
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
    /// The text without what a terminal would obey: a file that somebody has planted must not steer it.
    var printable: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
            )
        )
    }
}
