import FSCache
import Foundation
import HTTPTypes

extension CachedResponse {
    /// The status line and the header fields as text, and the empty line that ends them.
    ///
    /// Lines end in a line feed.
    var headText: Data {
        var fields = headerFields
        // A cache adds its own value behind those of the caches before it (RFC 9211 §2).
        if let name = HTTPField.Name("Cache-Status") {
            fields.append(HTTPField(name: name, value: cacheStatus.description))
        }
        var text = Data("HTTP/1.1 \(status.text)\n".utf8)
        for field in fields {
            text += Data("\(field.name.rawName): ".utf8)
            unsafe field.withUnsafeBytesOfValue { unsafe text.append(contentsOf: $0) }
            text.append(UInt8(ascii: "\n"))
        }
        text.append(UInt8(ascii: "\n"))
        return text
    }
}
