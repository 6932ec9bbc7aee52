/// Writes the parameters of a query or a form, sorted by name.
///
/// Parameters with equal names keep their order.
///
/// Parameters are separated by `&`, and empty ones are removed. `a`, `a=` and no `a` remain distinct.
struct ParameterList {
    /// How names and values are written.
    enum Style {
        /// As in URLs: normalized by RFC 3986. `+` is a plus sign.
        case query
        /// As in `application/x-www-form-urlencoded`: decoded, with `+` as a space, and encoded again.
        case form
    }

    private struct Parameter {
        var whole: Range<Int>
        var name: Range<Int>
    }

    private let style: Style
    private let ignored: IgnoredParameters
    private let ignoredValues: URLNormalizer.IgnoredValues

    init(_ style: Style, ignoring ignored: IgnoredParameters, _ ignoredValues: URLNormalizer.IgnoredValues) {
        self.style = style
        self.ignored = ignored
        self.ignoredValues = ignoredValues
    }

    /// Appends the list in normal form.
    ///
    /// - Parameters:
    ///   - list: The query without its `?`, or the content of the form.
    ///   - output: Receives the parameters.
    func append(_ list: borrowing Span<UInt8>, to output: inout [UInt8]) {
        if style == .query, isNormal(list) {
            output.append(list)
            return
        }
        var scratch: [UInt8] = []
        scratch.reserveCapacity(list.count + 16)
        var parameters: [Parameter] = []
        var start = 0
        while start < list.count {
            let end = list.firstIndex(of: UInt8(ascii: "&"), from: start) ?? list.count
            if end > start, let parameter = normalized(list.extracting(start..<end), to: &scratch) {
                parameters.append(parameter)
            }
            start = end + 1
        }
        var isFirst = true
        for parameter in scratch.sorted(parameters, byName: \.name) {
            if !isFirst { output.append(UInt8(ascii: "&")) }
            isFirst = false
            output.append(contentsOf: scratch[parameter.whole])
        }
    }

    /// Whether a query is in normal form and has no ignored parameters.
    private func isNormal(_ list: borrowing Span<UInt8>) -> Bool {
        var start = 0
        var previous = 0..<0
        while start <= list.count {
            var nameEnd: Int?
            var index = start
            while index < list.count, list[index] != UInt8(ascii: "&") {
                let octet = list[index]
                guard octet.isPlainInQuery else { return false }
                if nameEnd == nil {
                    // A plus sign may stand for a space in an ignored name.
                    if octet == UInt8(ascii: "+") { return false }
                    if octet == UInt8(ascii: "=") { nameEnd = index }
                }
                index += 1
            }
            guard index > start else { return false }
            let name = start..<(nameEnd ?? index)
            if isOrdered(list, name, before: previous) || ignored.contains(list.extracting(name)) { return false }
            previous = name
            start = index + 1
        }
        return true
    }

    private func isOrdered(_ list: borrowing Span<UInt8>, _ left: Range<Int>, before right: Range<Int>) -> Bool {
        for offset in 0..<min(left.count, right.count) {
            let (leftOctet, rightOctet) = (list[left.lowerBound + offset], list[right.lowerBound + offset])
            if leftOctet != rightOctet { return leftOctet < rightOctet }
        }
        return left.count < right.count
    }

    /// Appends a parameter to the scratch buffer, unless it is omitted.
    private func normalized(_ piece: borrowing Span<UInt8>, to scratch: inout [UInt8]) -> Parameter? {
        let nameEnd = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.count
        let isIgnored = isIgnored(piece.extracting(0..<nameEnd))
        if isIgnored, case .omitted = ignoredValues { return nil }
        let start = scratch.count
        appendNormalized(piece.extracting(0..<nameEnd), to: &scratch)
        let name = start..<scratch.count
        if isIgnored {
            scratch.append(UInt8(ascii: "="))
            scratch.append(contentsOf: RequestMatching.redactedValue.utf8)
        } else if nameEnd < piece.count {
            scratch.append(UInt8(ascii: "="))
            appendNormalized(piece.extracting((nameEnd + 1)..<piece.count), to: &scratch)
        }
        return Parameter(whole: start..<scratch.count, name: name)
    }

    private func isIgnored(_ name: borrowing Span<UInt8>) -> Bool {
        for index in name.indices where name[index] == UInt8(ascii: "%") || name[index] == UInt8(ascii: "+") {
            return ignored.contains(FormCoding.decoded(name))
        }
        return ignored.contains(name)
    }

    private func appendNormalized(_ octets: borrowing Span<UInt8>, to scratch: inout [UInt8]) {
        switch style {
        case .query:
            URLNormalizer.append(octets, keeping: \.isPlainInQuery, to: &scratch)
        case .form:
            for octet in FormCoding.decoded(octets) {
                if octet.isUnreserved { scratch.append(octet) } else { scratch.appendEscaped(octet) }
            }
        }
    }
}
