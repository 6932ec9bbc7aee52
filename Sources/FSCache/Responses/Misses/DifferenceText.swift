/// Shortens values that differ, so that their difference stays visible.
package enum DifferenceText {
    /// The number of characters up to which an explanation keeps a value.
    package static let longest = 200

    /// How much of what two values have in common is left before their difference.
    private static let context = 12

    /// Shortens two values to a number of characters each.
    ///
    /// If they are long and begin with the same text, that is left out first.
    package static func shortened(_ left: String?, _ right: String?, to count: Int) -> (String?, String?) {
        guard let left, let right, max(left.count, right.count) > count else {
            return (left.map { shortened($0, to: count) }, right.map { shortened($0, to: count) })
        }
        let common = zip(left, right).prefix { $0 == $1 }.count
        let dropped = common > context * 2 ? common - context : 0
        func excerpt(_ text: String) -> String {
            shortened(dropped > 0 ? "…" + text.dropFirst(dropped) : text, to: count)
        }
        return (excerpt(left), excerpt(right))
    }

    /// Shortens a value to a number of characters.
    package static func shortened(_ text: String, to count: Int) -> String {
        // Counting characters takes time in proportion to the text.
        guard text.utf8.count > count, text.count > count else { return text }
        return text.prefix(count - 1) + "…"
    }
}
