internal import FSCache
internal import Foundation
internal import HTTPTypes

/// The path of a file in a fixture, which tells what it has: `api.example.com/items/GET.3f2a9c01.yaml`.
///
/// Host, path and method come from the request, and the digits from its key. Paths have at most 160 octets before the
/// method, in lower case, of letters, digits, `-`, `_` and `.`, so that they are the same on every disk.
enum FixtureName {
    /// How many digits a name has: more only if a file with another request has the name.
    static let digitCounts = [8, 16, 64]
    private static let longestSegment = 32
    private static let mostSegments = 4

    /// The path, relative to the directory of the fixture.
    static func path(
        for request: StoredResponse.Request,
        _ key: CacheKey,
        digitCount: Int = digitCounts[0],
        repetition: Int?,
        _ fileExtension: String
    ) -> String {
        let url = request.url
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let pieces = url[start...].prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        var segments = pieces.map { safe(String($0)) }
        if segments.count > mostSegments + 1 { segments = segments.prefix(mostSegments) + ["_"] }
        var name = "\(safe(request.method.rawValue).uppercased()).\(key.description.suffix(digitCount))"
        if let repetition { name += ".\(repetition)" }
        return (segments + ["\(name).\(fileExtension)"]).joined(separator: "/")
    }

    /// The digits that the names of the files of a key end with, before the repetition.
    static func digits(of key: CacheKey) -> Substring { key.description.suffix(digitCounts[0]) }

    /// The last digits in a name; `nil` if it has none, as after a change by hand.
    static func digits(in name: Substring) -> Substring? {
        let digits = name.split(separator: ".").dropFirst().first { piece in
            digitCounts.contains(piece.utf8.count) && piece.allSatisfy { "0123456789abcdef".contains($0) }
        }
        return digits?.suffix(digitCounts[0])
    }

    /// A part of a URL as a name that every file system can hold.
    private static func safe(_ text: String) -> String {
        let decoded = text.removingPercentEncoding ?? text
        var name = String(
            decoded.lowercased().unicodeScalars.prefix(longestSegment).map { scalar -> Character in
                let isPlain =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains(scalar))
                return isPlain ? Character(scalar) : "_"
            }
        )
        // Windows drops full stops at the end, and Unix hides names that begin with one.
        while name.hasSuffix(".") { name.removeLast() }
        if name.first == "." { name = "_" + name.dropFirst() }
        let stem = name.prefix { $0 != "." }
        let isReserved =
            ["con", "prn", "aux", "nul"].contains(stem)
            || (stem.utf8.count == 4 && ["com", "lpt"].contains(stem.prefix(3)) && stem.last?.isNumber == true)
        return name.isEmpty ? "_" : isReserved ? "_" + name : name
    }
}
