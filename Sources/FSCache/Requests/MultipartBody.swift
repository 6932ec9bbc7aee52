internal import HTTPTypes
internal import Serializers

/// The parts of a multipart body (RFC 2046 §5.1), independent of its boundary.
struct MultipartBody {
    /// A part.
    struct Part {
        /// The fields, sorted by name.
        ///
        /// Names are in lower case, and values have no surrounding white space.
        var fields: [(name: [UInt8], value: [UInt8])]
        /// The range of the content in the body.
        var content: Range<Int>

        /// The name of the form field (RFC 7578 §4.2).
        var name: String? {
            fields.first { $0.name.elementsEqual("content-disposition".utf8) }
                .flatMap { ParameterizedValue(String(decoding: $0.value, as: UTF8.self))["name"] }
        }

        /// Whether everybody reads the same name for the part, or none.
        var hasOneName: Bool {
            let dispositions = fields.filter { $0.name.elementsEqual("content-disposition".utf8) }
                .map { String(decoding: $0.value, as: UTF8.self) }
            // A line that isn't a field may continue the one before it (RFC 822 §3.1.1).
            return fields.allSatisfy { HTTPField.Name(String(decoding: $0.name, as: UTF8.self)) != nil }
                && dispositions.count <= 1
                && dispositions.allSatisfy {
                    // `name*` is another spelling (RFC 8187 §3.2).
                    !ParameterizedValue($0).hasDuplicates && !$0.lowercased().contains("name*")
                }
        }

        /// Whether the content is text that is not coded (RFC 7578 §4.4, RFC 2045 §6.1).
        var isPlainText: Bool {
            func value(_ name: String) -> String? {
                fields.first { $0.name.elementsEqual(name.utf8) }
                    .map { ParameterizedValue(String(decoding: $0.value, as: UTF8.self)).value }
            }
            return value("content-type").map { $0 == "text/plain" } ?? true
                && value("content-transfer-encoding").map { ["7bit", "8bit", "binary"].contains($0) } ?? true
        }

        /// How the content of the part is written.
        func treatment(
            _ matching: RequestMatching,
            for purpose: RequestMatching.Purpose
        ) -> RequestMatching.Treatment {
            guard let name else { return .plain }
            let octets = Array(name.utf8)
            return matching.treatment(of: octets.span, for: purpose)
        }
    }

    /// The parts, in order.
    private(set) var parts: [Part] = []
    /// Whether there is text before the first delimiter or after the last.
    private(set) var hasTextOutside = false

    /// Parses a body.
    ///
    /// The result is `nil` if it doesn't conform to RFC 2046.
    ///
    /// - Parameters:
    ///   - body: The body. Text before the first delimiter and after the last is ignored.
    ///   - boundary: The boundary from its media type.
    init?(_ body: [UInt8], boundary: String) {
        guard 1...70 ~= boundary.utf8.count else { return nil }
        let lineBreak = Array("\r\n".utf8)
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // With a line break before it, the first delimiter looks like the others.
        let text = lineBreak + body

        let isSpace: (UInt8) -> Bool = { $0.isBlank || $0 == 0x0A || $0 == 0x0D }
        let first = Self.delimiter(delimiter, in: text, from: 0)
        hasTextOutside = !text[..<(first?.lowerBound ?? 0)].allSatisfy(isSpace)
        var end = first?.upperBound
        while let start = end {
            if text[start...].starts(with: "--".utf8) {
                if !text[(start + 2)...].allSatisfy(isSpace) { hasTextOutside = true }
                return
            }
            guard let next = Self.delimiter(delimiter, in: text, from: start),
                var part = Self.part(text[start..<next.lowerBound])
            else { return nil }
            part.content = (part.content.lowerBound - lineBreak.count)..<(part.content.upperBound - lineBreak.count)
            parts.append(part)
            end = next.upperBound
        }
        return nil
    }

    /// Finds the next delimiter: a line break, two dashes, the boundary, and then two dashes or the end of the line.
    private static func delimiter(_ delimiter: [UInt8], in text: [UInt8], from start: Int) -> Range<Int>? {
        var index = start
        while let candidate = text[index...].firstIndex(of: 0x0D) {
            let rest = text[candidate...]
            if rest.starts(with: delimiter) {
                let end = candidate + delimiter.count
                if text[end...].starts(with: "--".utf8) || afterPadding(text[end...]) != nil { return candidate..<end }
            }
            index = candidate + 1
        }
        return nil
    }

    /// Skips the blanks and the line break at the end of a delimiter's line.
    private static func afterPadding(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let line = rest.drop(while: \.isBlank)
        return line.starts(with: "\r\n".utf8) ? line.dropFirst(2) : nil
    }

    private static func part(_ octets: ArraySlice<UInt8>) -> Part? {
        guard var rest = afterPadding(octets) else { return nil }
        var fields: [(name: [UInt8], value: [UInt8])] = []
        while !rest.starts(with: "\r\n".utf8) {
            guard let end = lineEnd(in: rest) else { return nil }
            let line = rest[..<end]
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
            let value = line[(colon + 1)...].drop(while: \.isBlank)
            let last = value.lastIndex { !$0.isBlank }
            fields.append((line[..<colon].map(\.lowercased), last.map { Array(value[...$0]) } ?? []))
            rest = rest[(end + 2)...]
        }
        fields.sort { $0.name.lexicographicallyPrecedes($1.name) }
        return Part(fields: fields, content: (rest.startIndex + 2)..<rest.endIndex)
    }

    private static func lineEnd(in octets: ArraySlice<UInt8>) -> Int? {
        var rest = octets
        while let candidate = rest.firstIndex(of: 0x0D) {
            rest = rest[candidate...]
            if rest.starts(with: "\r\n".utf8) { return candidate }
            rest = rest.dropFirst()
        }
        return nil
    }
}
