extension URLNormalizer {
    /// Appends a path in normal form: escapes in upper case and only where needed, no dot segments, never empty.
    ///
    /// - Parameters:
    ///   - path: An absolute path, or an empty one.
    ///   - output: Receives the result.
    static func append(path: borrowing Span<UInt8>, to output: inout [UInt8]) {
        if path.isEmpty {
            output.append(UInt8(ascii: "/"))
        } else if isNormal(path: path) {
            output.append(path)
        } else {
            let start = output.count
            append(path, keeping: \.isPlainInPath, to: &output)
            removeDotSegments(from: start, in: &output)
        }
    }

    private static func isNormal(path: borrowing Span<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for index in path.indices {
            let octet = path[index]
            guard octet.isPlainInPath, !(octet == UInt8(ascii: ".") && previous == UInt8(ascii: "/")) else {
                return false
            }
            previous = octet
        }
        return true
    }

    /// Appends octets with only the necessary escapes (RFC 3986 §6.2.2.1 and §6.2.2.2).
    ///
    /// Escaped unreserved characters are decoded. Other escapes are kept, with upper-case digits. Octets that are not plain
    /// are escaped, including a `%` that doesn't begin an escape.
    ///
    /// - Parameters:
    ///   - octets: The octets.
    ///   - isPlain: Whether an octet needs no escape.
    ///   - output: Receives the result.
    static func append(_ octets: borrowing Span<UInt8>, keeping isPlain: (UInt8) -> Bool, to output: inout [UInt8]) {
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            if octet == UInt8(ascii: "%"), let escaped = octets.escapedOctet(at: index) {
                if escaped.isUnreserved { output.append(escaped) } else { output.appendEscaped(escaped) }
                index += 3
                continue
            }
            if isPlain(octet) { output.append(octet) } else { output.appendEscaped(octet) }
            index += 1
        }
    }

    /// Removes the segments `.` and `..` from an absolute path in place (RFC 3986 §5.2.4).
    ///
    /// - Parameters:
    ///   - start: The index in the buffer at which the path begins. The path extends to the end.
    ///   - buffer: The buffer.
    static func removeDotSegments(from start: Int, in buffer: inout [UInt8]) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var read = start
        var write = start
        while read < buffer.count {
            let next = buffer[(read + 1)...].firstIndex(of: slash) ?? buffer.count
            let segment = buffer[(read + 1)..<next]
            let isParent = segment.count == 2 && segment.allSatisfy { $0 == dot }
            if isParent { write = buffer[start..<write].lastIndex(of: slash) ?? start }
            if isParent || (segment.count == 1 && segment.first == dot) {
                if next == buffer.count {
                    buffer[write] = slash
                    write += 1
                }
            } else {
                for index in read..<next {
                    buffer[write] = buffer[index]
                    write += 1
                }
            }
            read = next
        }
        buffer.removeSubrange(write...)
    }
}
