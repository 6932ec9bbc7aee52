internal import Foundation
internal import Serializers

/// A body in the most readable form that preserves its bytes: nested JSON, text, or base64.
struct BodyRecord: Codable {
    /// A way to write a body.
    enum Form {
        case json
        case text
        case bytes
    }

    /// The checksum of the stored bytes, prefixed with its method.
    ///
    /// It differs after an edit, and is absent in what a person has written.
    var checksum: String?
    /// Whether the body was edited and then written again by the cache.
    var edited: Bool?
    /// The whitespace of the original JSON text, if it had any.
    var layout: JSONLayout?
    var json: JSONText?
    var text: String?
    var base64: Data?

    /// Uses the first form that fits, as ``Form/bytes`` always does.
    init(_ bytes: Data, contentType: String?, forms: [Form]) {
        checksum = Checksum(of: bytes).tagged
        for form in forms {
            switch form {
            case .json:
                guard Self.isJSON(contentType), let json = try? JSONText(bytes), let layout = JSONLayout(of: json)
                else { continue }
                self.json = json
                self.layout = layout == .compact ? nil : layout
                return
            case .text:
                guard let text = Self.plainText(bytes) else { continue }
                self.text = text
                return
            case .bytes:
                base64 = bytes
                return
            }
        }
    }

    /// The bytes, and whether they have been edited.
    func content(allowsEdits: Bool) throws -> (bytes: Data, isEdited: Bool) {
        let bytes: Data
        if let json {
            bytes = try json.laidOut(as: layout ?? JSONLayout.compact)
        } else if let text {
            bytes = Data(text.utf8)
        } else if let base64 {
            bytes = base64
        } else {
            throw EntryError.invalid("body", "it has no member named json, text or base64")
        }
        let isEdited = edited == true || checksum.flatMap(Checksum.init(tagged:)) != Checksum(of: bytes)
        guard allowsEdits || edited == true || !isEdited else {
            throw EntryError.damaged("the body's checksum differs")
        }
        return (bytes, isEdited)
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let mediaType = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return mediaType == "application/json" || mediaType == "text/json" || mediaType.hasSuffix("+json")
    }

    /// The bytes as text, if they are UTF-8 without control characters that editors don't show.
    private static func plainText(_ bytes: Data) -> String? {
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        return isPlain ? String(validating: bytes, as: UTF8.self) : nil
    }
}
