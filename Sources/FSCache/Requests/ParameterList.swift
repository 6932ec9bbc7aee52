internal import Serializers

/// Writes the parameters of a query or a form in normal form.
///
/// Parameters are separated by `&`. `a`, `a=` and no `a` stay different. If they are sorted, it is by name, parameters with
/// equal names keep their order, and empty ones are removed.
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
    private let matching: RequestMatching
    private let purpose: RequestMatching.Purpose

    init(_ style: Style, _ matching: RequestMatching, for purpose: RequestMatching.Purpose) {
        self.style = style
        self.matching = matching
        self.purpose = purpose
    }

    private var sorts: Bool { matching.urlMatching.sortsQuery }
    private var isVerbatim: Bool { style == .query && !matching.urlMatching.isNormalized }

    /// Appends the list in normal form.
    ///
    /// - Parameters:
    ///   - list: The query without its `?`, or the content of the form.
    ///   - output: Receives the parameters.
    /// - Returns: Whether there are parameters that all had to be omitted.
    @discardableResult
    func append(_ list: borrowing Span<UInt8>, to output: inout [UInt8]) -> Bool {
        if style == .query, isNormal(list) {
            output.append(list)
            return false
        }
        var scratch: [UInt8] = []
        scratch.reserveCapacity(list.count + 16)
        var parameters: [Parameter] = []
        var omitsAny = false
        var start = 0
        while start <= list.count {
            let end = list.firstIndex(of: UInt8(ascii: "&"), from: start) ?? list.count
            if end > start || !sorts {
                if let parameter = normalized(list.extracting(start..<end), to: &scratch) {
                    parameters.append(parameter)
                } else {
                    omitsAny = true
                }
            }
            start = end + 1
        }
        if sorts { parameters = scratch.sorted(parameters, byName: \.name) }
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            output.append(contentsOf: scratch[parameter.whole])
        }
        return omitsAny && parameters.isEmpty
    }

    /// Whether a query is in normal form and has no secret parameters.
    private func isNormal(_ list: borrowing Span<UInt8>) -> Bool {
        var start = 0
        var previous = 0..<0
        while start <= list.count {
            var nameEnd: Int?
            var index = start
            while index < list.count, list[index] != UInt8(ascii: "&") {
                let octet = list[index]
                guard isVerbatim || octet.isPlainInQuery else { return false }
                if nameEnd == nil {
                    // A secret name may be spelled with escapes, or with a plus sign for a space.
                    if octet == UInt8(ascii: "+") || octet == UInt8(ascii: "%") { return false }
                    if octet == UInt8(ascii: "=") { nameEnd = index }
                }
                index += 1
            }
            guard index > start || !sorts else { return false }
            let name = start..<(nameEnd ?? index)
            if sorts, isOrdered(list, name, before: previous) { return false }
            if purpose != .wire, matching.isSecret(list.extracting(name)) { return false }
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
        let treatment = treatment(of: piece.extracting(0..<nameEnd))
        if treatment == .omitted { return nil }
        let start = scratch.count
        appendNormalized(piece.extracting(0..<nameEnd), to: &scratch)
        let name = start..<scratch.count
        if treatment == .redacted {
            scratch.append(UInt8(ascii: "="))
            scratch.append(contentsOf: RequestMatching.redactedValue.utf8)
        } else if nameEnd < piece.count {
            scratch.append(UInt8(ascii: "="))
            let valueStart = scratch.count
            appendNormalized(piece.extracting((nameEnd + 1)..<piece.count), to: &scratch)
            if treatment == .digested { scratch.replaceWithDigest(from: valueStart) }
        }
        return Parameter(whole: start..<scratch.count, name: name)
    }

    private func treatment(of name: borrowing Span<UInt8>) -> RequestMatching.Treatment {
        for index in name.indices where name[index] == UInt8(ascii: "%") || name[index] == UInt8(ascii: "+") {
            let decoded = FormCoding.decoded(name)
            return matching.treatment(of: decoded.span, for: purpose)
        }
        return matching.treatment(of: name, for: purpose)
    }

    private func appendNormalized(_ octets: borrowing Span<UInt8>, to scratch: inout [UInt8]) {
        switch style {
        case .query where isVerbatim:
            scratch.append(octets)
        case .query:
            URLNormalizer.append(octets, keeping: \.isPlainInQuery, to: &scratch)
        case .form:
            for octet in FormCoding.decoded(octets) {
                if octet.isUnreserved { scratch.append(octet) } else { scratch.appendEscaped(octet) }
            }
        }
    }
}
