/// A field value with parameters, such as `multipart/form-data; boundary=x` (RFC 9110 §5.6.6).
struct ParameterizedValue {
    /// What stands before the first semicolon, in lower case.
    let value: String
    private var parameters: [String: String] = [:]

    init(_ text: String) {
        var pieces = Self.pieces(of: text)[...]
        self.value = Self.trimmed(pieces.removeFirst()[...]).lowercased()
        for piece in pieces {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(piece[..<equals]).lowercased()
            guard parameters[name] == nil else { continue }
            parameters[name] = Self.unquoted(Self.trimmed(piece[piece.index(after: equals)...]))
        }
    }

    /// The value of a parameter, without quotes.
    ///
    /// - Parameter name: The parameter's name in lower case.
    subscript(name: String) -> String? { parameters[name] }

    /// Splits at semicolons outside of quotes.
    private static func pieces(of text: String) -> [Substring.UnicodeScalarView] {
        let scalars = text[...].unicodeScalars
        var pieces: [Substring.UnicodeScalarView] = []
        var start = scalars.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in scalars.indices {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalars[index] == "\\" {
                isEscaped = true
            } else if scalars[index] == "\"" {
                isQuoted.toggle()
            } else if scalars[index] == ";", !isQuoted {
                pieces.append(scalars[start..<index])
                start = scalars.index(after: index)
            }
        }
        return pieces + [scalars[start...]]
    }

    private static func trimmed(_ piece: Substring.UnicodeScalarView) -> String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        guard let last = piece.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(piece[...last].drop(while: isBlank)))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var unquoted = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                unquoted.append(scalar)
                isEscaped = false
            }
        }
        return String(unquoted)
    }
}
