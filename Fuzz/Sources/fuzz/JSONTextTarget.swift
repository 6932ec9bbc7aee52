import Foundation
import Serializers

/// Writes JSON text into a file.
///
/// The file must have the same tokens, with its own whitespace between them.
enum JSONTextTarget {
    private struct Entry: Codable {
        var before = 1
        var body: [JSONText]
        var after = 2
    }

    static func check(_ data: Data) {
        guard let text = accepted({ try JSONText(data) }) else { return }
        let serializer = JSONSerializer()
        let file = required("Writing the text into a file") { try serializer.encode(Entry(body: [text])) }
        let tokens = Data(#"{"before":1,"body":["#.utf8) + withoutWhitespace(data) + Data(#"],"after":2}"#.utf8)
        guard withoutWhitespace(file) == tokens else { found("The file has other tokens than the text.") }
        let fileAgain = required("Writing the file as text") { try serializer.bytes(of: .json(JSONText(file))) }
        guard file == fileAgain else { found("Writing a file's text again changed its layout.") }

        let document = required("Making a tree from the text") { try text.document() }
        let direct = required("Reading the text") { try serializer.document(from: data) }
        guard document.isIdentical(to: direct) else { found("The text and the serializer give different trees.") }
        let entry = required("Reading the file") { try serializer.decode(Entry.self, from: file) }
        let inFile = required("Making a tree from the file's text") { try entry.body.map { try $0.document() } }
        guard Document.array(inFile).isIdentical(to: .array([document])) else {
            found("The text in the file gives a different tree.")
        }
    }

    /// The text without the whitespace outside of strings.
    ///
    /// It looks only at quotes and escapes, so it shares no code and no mistakes with the code under test.
    private static func withoutWhitespace(_ text: Data) -> Data {
        var isInString = false
        var isEscaped = false
        return text.filter { byte in
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                return true
            }
            isInString = byte == UInt8(ascii: "\"")
            return ![0x20, 0x09, 0x0A, 0x0D].contains(byte)
        }
    }
}
