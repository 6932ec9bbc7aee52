/// The members of a file, at any depth, that are kept as they are spelled.
package struct MemberTree: Sendable {
    /// Whether the value itself is JSON, which JSON and YAML keep as a ``JSONText``.
    private(set) var isJSON = false
    /// Whether the value itself is text: a plain scalar in YAML is a string, whatever else it looks like.
    private(set) var isText = false
    /// Whether all values inside of the value are text.
    private var holdsText = false
    private var members: [(name: String, tree: MemberTree)] = []
    /// The largest number of values in the tree of a file, in which JSON that is kept as text counts as one.
    ///
    /// A value takes many times the memory of its text, so a small compressed file could otherwise exhaust the memory.
    private(set) var maximumValueCount = Int.max

    /// Nothing is kept.
    package static let none = MemberTree()
    private static let text = {
        var tree = MemberTree()
        (tree.isText, tree.holdsText) = (true, true)
        return tree
    }()

    /// Makes a tree from paths.
    ///
    /// - Parameters:
    ///   - json: The names that lead to each member that is JSON.
    ///   - text: The names that lead to each member that is text.
    ///   - texts: The names that lead to each member whose elements and members are text.
    ///   - maximumValueCount: The largest number of values that are read from a file.
    package init(
        json: [[String]] = [],
        text: [[String]] = [],
        texts: [[String]] = [],
        maximumValueCount: Int = .max
    ) {
        self.maximumValueCount = maximumValueCount
        for path in json { insert(path[...]) { $0.isJSON = true } }
        for path in text { insert(path[...]) { $0.isText = true } }
        for path in texts { insert(path[...]) { $0.holdsText = true } }
    }

    private mutating func insert(_ path: ArraySlice<String>, _ mark: (inout MemberTree) -> Void) {
        guard let name = path.first else { return mark(&self) }
        let index = members.firstIndex { $0.name == name } ?? members.endIndex
        if index == members.endIndex { members.append((name, MemberTree())) }
        members[index].tree.insert(path.dropFirst(), mark)
    }

    /// The part below a member.
    @inline(__always)
    subscript(name: String) -> MemberTree {
        if members.isEmpty { return elements }
        return members.first { $0.name == name }?.tree ?? elements
    }

    /// The part below each element.
    var elements: MemberTree { holdsText ? .text : .none }

    /// The tree with its texts only.
    var withoutJSON: MemberTree {
        var tree = self
        tree.isJSON = false
        tree.members = members.map { ($0.name, $0.tree.withoutJSON) }
        return tree
    }
}
