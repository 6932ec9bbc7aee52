/// A type that wants the text of some JSON members as it stands in the file.
///
/// When ``JSONSerializer`` decodes such a type, no tree is built for these members: what they hold is only checked, and decoded as
/// ``JSONText`` it is the very text. With other formats, and for other members, `JSONText` is made from the tree.
package protocol JSONTextKeeping: Decodable {
    /// The names that lead from the root to each such member.
    static var jsonTextPaths: [[String]] { get }
}
