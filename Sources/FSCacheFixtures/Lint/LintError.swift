/// The reason why fixtures can't be searched for secrets.
package struct LintError: Error, CustomStringConvertible {
    /// What happened, and what to do.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
