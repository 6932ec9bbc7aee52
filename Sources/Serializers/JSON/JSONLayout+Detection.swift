import Foundation

extension JSONLayout {
    /// Finds the layout of a text: one such that ``JSONText/laidOut(as:)`` gives its bytes back.
    ///
    /// It fails when no rule does, as with a text that a person has typed.
    ///
    /// The first whitespace of each kind makes the rule; that the rule gives the whole text back is then proved by applying it.
    ///
    /// - Parameter text: The text.
    package init?(of text: JSONText) {
        var detector = JSONLayoutDetector()
        self = detector.layout(of: text.utf8.span)
        guard isModest, (try? text.laidOut(as: self)) == text.utf8 else { return nil }
    }
}
