#if YAML
import Foundation

/// Builds a document from YAML events.
struct YAMLReader {
    /// A node with an anchor.
    private struct Anchored {
        var document: Document
        /// The scalar's content, for aliases that are keys; `nil` for sequences and mappings.
        var text: String?
        /// Whether it is a scalar without quotes and tag, which is a string where only text is expected.
        var isPlain = false
        /// The number of levels of arrays and maps in it.
        var height: Int
        /// The number of nodes and bytes of text in it.
        var weight: Int
    }

    private let events: YAMLEventReader
    private var anchors: [String: Anchored] = [:]
    /// The anchors of unfinished nodes: an alias to one would never end.
    private var openAnchors: Set<String> = []
    /// The weight of everything read, with aliases expanded.
    private var weight = 0
    /// The part of the weight that came from aliases.
    private var aliasedWeight = 0
    /// The deepest level so far.
    private var deepest = 0
    /// How many more values may be read.
    private var remainingCount = Int.max

    init(_ bytes: UnsafeRawBufferPointer) {
        events = unsafe YAMLEventReader(bytes)
    }

    /// Reads the only document of the stream.
    ///
    /// - Parameter kept: The members to keep as they are spelled. The trees of JSON are never made, so there must be no
    ///   anchors, aliases and tags in it.
    /// - Returns: The document's tree.
    /// - Throws: ``SerializationError`` with the position, or without one when JSON has no way to write a member.
    mutating func readRoot(keeping kept: MemberTree = .none) throws(SerializationError) -> Document {
        remainingCount = kept.maximumValueCount
        var event = try events.next()
        while event.kind == .streamStart { event = try events.next() }
        guard event.kind == .documentStart else {
            throw failure(.malformed, "the stream has no document", at: event)
        }
        let root = try node(events.next(), depth: 0, keeping: kept)
        _ = try events.next()
        event = try events.next()
        guard event.kind == .streamEnd else {
            throw failure(.malformed, "the stream has more than one document", at: event)
        }
        return root
    }

    /// Reads the node that begins with an event.
    ///
    /// - Parameters:
    ///   - event: The node's first event.
    ///   - depth: The number of arrays and maps around the node.
    ///   - kept: The members to keep as they are spelled.
    /// - Returns: The node's value.
    /// - Throws: ``SerializationError`` with the position.
    private mutating func node(
        _ event: YAMLEvent,
        depth: Int,
        keeping kept: MemberTree = .none
    ) throws(SerializationError) -> Document {
        if kept.isJSON {
            var writer = JSONWriter(style: .compact, maximumDepth: JSONText.maximumDepth)
            try write(event, depth: depth, to: &writer)
            return .json(JSONText(checked: writer.take(), isCompact: true))
        }
        if event.kind == .alias {
            let anchored = try resolve(event, depth: depth)
            if kept.isText, anchored.isPlain, let text = anchored.text { return .string(text) }
            return anchored.document
        }
        guard let anchor = event.anchor else { return try content(of: event, depth: depth, keeping: kept) }

        let weightBefore = weight
        let deepestBefore = deepest
        deepest = depth
        anchors[anchor] = nil
        openAnchors.insert(anchor)
        let document = try content(of: event, depth: depth, keeping: kept)
        openAnchors.remove(anchor)
        let isPlain = event.kind == .scalar && event.isPlain && event.tag == nil
        anchors[anchor] = Anchored(
            // An alias may be where a number is expected.
            document: isPlain ? (try? event.value) ?? document : document,
            text: event.kind == .scalar ? event.text : nil,
            isPlain: isPlain,
            height: deepest - depth,
            weight: weight - weightBefore
        )
        deepest = max(deepest, deepestBefore)
        return document
    }

    private mutating func content(
        of event: YAMLEvent,
        depth: Int,
        keeping kept: MemberTree
    ) throws(SerializationError) -> Document {
        weight += 1
        remainingCount -= 1
        guard remainingCount >= 0 else { throw failure(.limitExceeded, "too many values", at: event) }
        switch event.kind {
        case .scalar:
            weight += event.text.utf8.count
            if kept.isText, event.tag == nil { return .string(event.text) }
            do {
                return try event.value
            } catch {
                throw located(error, at: event)
            }
        case .sequenceStart:
            try enter(event, depth: depth + 1, allowing: ["seq", "omap", "pairs"])
            var elements: [Document] = []
            elements.reserveCapacity(4)
            while true {
                let next = try events.next()
                if next.kind == .sequenceEnd { return .array(elements) }
                elements.append(try node(next, depth: depth + 1, keeping: kept.elements))
            }
        default:
            try enter(event, depth: depth + 1, allowing: ["map", "set"])
            var members: [Document.Member] = []
            members.reserveCapacity(4)
            while true {
                let next = try events.next()
                if next.kind == .mappingEnd { return .map(members) }
                let name = try name(next, depth: depth + 1)
                members.append(
                    Document.Member(name, try node(events.next(), depth: depth + 1, keeping: kept[name]))
                )
            }
        }
    }

    /// Writes a node as JSON, exactly as its tree would be.
    private mutating func write(
        _ event: YAMLEvent,
        depth: Int,
        to writer: inout JSONWriter
    ) throws(SerializationError) {
        guard event.tag == nil, event.anchor == nil else { throw Self.needsTree }
        weight += 1
        guard event.kind != .scalar else {
            weight += event.text.utf8.count
            return try writer.write(event.value)
        }
        try enter(event, depth: depth + 1, allowing: [])
        let isMap = event.kind == .mappingStart
        try writer.open(UInt8(ascii: isMap ? "{" : "["))
        var isFirst = true
        while true {
            let next = try events.next()
            if next.kind == .mappingEnd || next.kind == .sequenceEnd { break }
            if !isFirst { writer.writeComma() }
            isFirst = false
            guard isMap else {
                try write(next, depth: depth + 1, to: &writer)
                continue
            }
            // A name that may be a number is checked as one.
            guard next.kind == .scalar, next.tag == nil, next.anchor == nil, next.text.utf8.first?.isDigit != true
            else { throw Self.needsTree }
            weight += 1 + next.text.utf8.count
            writer.write(name: next.text)
            try write(events.next(), depth: depth + 1, to: &writer)
        }
        writer.close(UInt8(ascii: isMap ? "}" : "]"), isOnOneLine: true)
    }

    private static var needsTree: SerializationError {
        SerializationError(.unrepresentable, "only a tree can hold this")
    }

    private mutating func enter(
        _ event: YAMLEvent,
        depth: Int,
        allowing tags: [String]
    ) throws(SerializationError) {
        guard depth <= Document.maximumDepth else {
            throw failure(.limitExceeded, "the document nests deeper than \(Document.maximumDepth) levels", at: event)
        }
        deepest = max(deepest, depth)
        guard let tag = event.tag, tag != "!" else { return }
        guard tags.contains(where: { tag == YAMLEvent.standardTagPrefix + $0 }) else {
            throw failure(.malformed, "the tag '\(tag.prefix(80))' does not fit here", at: event)
        }
    }

    /// Reads a key.
    ///
    /// Its text is the name, regardless of its type as a value.
    private mutating func name(_ event: YAMLEvent, depth: Int) throws(SerializationError) -> String {
        switch event.kind {
        case .scalar:
            if event.tag == nil, event.anchor == nil, event.text.utf8.first?.isDigit != true {
                weight += 1 + event.text.utf8.count
            } else {
                // Checks the tag, and keeps the node for its aliases.
                _ = try node(event, depth: depth)
            }
            return event.text
        case .alias:
            if let text = try resolve(event, depth: depth).text { return text }
            fallthrough
        default:
            throw failure(.malformed, "a key must be a scalar, not a sequence or a mapping", at: event)
        }
    }

    private mutating func resolve(_ event: YAMLEvent, depth: Int) throws(SerializationError) -> Anchored {
        let name = event.anchor ?? ""
        guard let anchored = anchors[name] else {
            let message =
                openAnchors.contains(name) ? "refers to a node that contains it" : "has no anchor before it"
            throw failure(.malformed, "the alias '*\(name.prefix(80))' \(message)", at: event)
        }
        guard depth + anchored.height <= Document.maximumDepth else {
            throw failure(.limitExceeded, "aliases nest deeper than \(Document.maximumDepth) levels", at: event)
        }
        deepest = max(deepest, depth + anchored.height)
        weight += anchored.weight
        aliasedWeight += anchored.weight
        guard aliasedWeight <= max(1 << 20, 10 * events.count) else {
            throw failure(.limitExceeded, "aliases expand to far more than the text itself", at: event)
        }
        return anchored
    }

    private func failure(
        _ code: SerializationError.Code,
        _ message: String,
        at event: YAMLEvent
    ) -> SerializationError {
        located(SerializationError(code, message), at: event)
    }

    private func located(_ error: SerializationError, at event: YAMLEvent) -> SerializationError {
        var error = error
        error.position = events.position(atCharacter: event.character)
        return error
    }
}
#endif
