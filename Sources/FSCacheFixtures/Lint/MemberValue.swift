internal import Serializers

/// Finds the values of members, parameters, header fields and XML elements.
enum MemberValue {
    /// The range of a text or number after a separator; `nil` if there is an object, an array or nothing.
    ///
    /// - Parameters:
    ///   - separator: The index of the separator.
    ///   - isField: Whether it is the value of a header field, which extends to the end of the line.
    ///   - text: The text.
    /// - Returns: The range, without quotes.
    static func scalar(after separator: Int, isField: Bool, in text: [UInt8]) -> Range<Int>? {
        guard let start = start(after: separator, in: text) else { return nil }
        switch text[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return (start + 1)..<endOfQuotes(from: start, in: text)
        case UInt8(ascii: "["):
            return nil
        case UInt8(ascii: "{") where !text.has(Array("{{".utf8), at: start):
            return nil
        default:
            let isElement = text[separator] == UInt8(ascii: ">")
            var end = start
            while end < text.count {
                let octet = text[end]
                if isElement ? octet == UInt8(ascii: "<") : isField ? ASCIISet.fieldEnds.contains(octet) : isEnd(octet)
                {
                    break
                }
                end += 1
            }
            return start..<end
        }
        func isEnd(_ octet: UInt8) -> Bool { ASCIISet.valueEnds.contains(octet) }
    }

    /// The range of base64 after a separator: in quotes, to the end of the line, or in a block of YAML.
    static func base64(after separator: Int, in text: [UInt8]) -> Range<Int>? {
        guard let start = start(after: separator, in: text) else { return nil }
        if text[start] == UInt8(ascii: "\"") || text[start] == UInt8(ascii: "'") {
            return (start + 1)..<endOfQuotes(from: start, in: text)
        }
        let indent = indentation(ofLineAt: separator, in: text)
        var end = endOfLine(from: start, in: text)
        while end < text.count {
            let next = endOfLine(from: end + 1, in: text)
            let isBlank = text[(end + 1)..<next].allSatisfy { $0.isBlank || $0 == UInt8(ascii: "\r") }
            guard isBlank || indentation(ofLineAt: end + 1, in: text) > indent else { break }
            end = next
        }
        return start..<end
    }

    /// Where a value begins: after blanks, a tag of YAML, and the indicator of a YAML block; `nil` if there is none.
    private static func start(after separator: Int, in text: [UInt8]) -> Int? {
        var index = afterBlanks(separator + 1, in: text)
        if index < text.count, text[index] == UInt8(ascii: "!") {
            while index < text.count, !text[index].isBlank, text[index] != UInt8(ascii: "\n") { index += 1 }
            index = afterBlanks(index, in: text)
        }
        if index < text.count, text[index] == UInt8(ascii: "|") || text[index] == UInt8(ascii: ">") {
            index = afterBlanks(endOfLine(from: index, in: text) + 1, in: text)
        }
        guard index < text.count, text[index] != UInt8(ascii: "\n"), text[index] != UInt8(ascii: "\r") else {
            return nil
        }
        return index
    }

    private static func afterBlanks(_ start: Int, in text: [UInt8]) -> Int {
        var index = start
        while index < text.count, text[index].isBlank { index += 1 }
        return index
    }

    private static func endOfLine(from start: Int, in text: [UInt8]) -> Int {
        var index = start
        while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
        return min(index, text.count)
    }

    /// Where the quotes end that begin at an index.
    private static func endOfQuotes(from start: Int, in text: [UInt8]) -> Int {
        let quote = text[start]
        // In double quotes, a backslash escapes a quote. In single quotes, YAML doubles it.
        let escape = quote == UInt8(ascii: "\"") ? UInt8(ascii: "\\") : quote
        var index = start + 1
        while index < text.count {
            if text[index] == escape, index + 1 < text.count, escape != quote || text[index + 1] == quote {
                index += 2
            } else if text[index] == quote {
                return index
            } else {
                index += 1
            }
        }
        return text.count
    }

    private static func indentation(ofLineAt index: Int, in text: [UInt8]) -> Int {
        var start = index
        while start > 0, text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return afterBlanks(start, in: text) - start
    }
}
