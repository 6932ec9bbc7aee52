/// The members of a JSON text, at any depth, whose text is kept as it is.
struct JSONMemberTree {
    /// Whether the value itself is kept.
    private(set) var isKept = false
    private var members: [(name: String, tree: JSONMemberTree)] = []

    /// Nothing is kept.
    static let none = JSONMemberTree()

    /// Makes the tree of some paths.
    ///
    /// - Parameter paths: The names that lead to each member that is kept.
    init(_ paths: [[String]] = []) {
        for path in paths { insert(path[...]) }
    }

    private mutating func insert(_ path: ArraySlice<String>) {
        guard let name = path.first else {
            isKept = true
            return
        }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].tree.insert(path.dropFirst())
        } else {
            members.append((name, JSONMemberTree([Array(path.dropFirst())])))
        }
    }

    /// The part below a member.
    @inline(__always)
    subscript(name: String) -> JSONMemberTree {
        if members.isEmpty { return .none }
        return members.first { $0.name == name }?.tree ?? .none
    }
}
