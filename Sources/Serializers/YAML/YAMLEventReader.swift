#if YAML
internal import CYAML

/// One event of a YAML stream: a scalar, an alias, or the start or end of something.
struct YAMLEvent {
    enum Kind {
        case scalar, alias
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
        case documentStart, documentEnd
        case streamStart, streamEnd
    }

    var kind: Kind
    /// A scalar's content, after unescaping and unfolding.
    var text = ""
    /// Whether a scalar is plain: neither quoted nor a block.
    var isPlain = false
    /// The tag in full: `tag:yaml.org,2002:str` for `!!str`.
    var tag: String?
    /// The anchor that the node defines, or that an alias refers to.
    var anchor: String?
    /// The number of characters before the event.
    var character: Int
}

/// Splits YAML text into events: a wrapper around libyaml's parser.
@safe final class YAMLEventReader {
    private let bytes: UnsafeRawBufferPointer
    /// The number of bytes before the text: the length of a byte order mark.
    private let textStart: Int
    /// Allocated, because libyaml keeps pointers into it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let isReady: Bool
    /// Whether the number of directives has been checked.
    private var isChecked = false

    /// How many tag directives are accepted: libyaml compares each with all before it, and programs write one or two.
    private static let maximumDirectiveCount = 100

    /// Starts reading.
    ///
    /// - Parameter bytes: The text, which must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
        textStart = unsafe bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        unsafe parser = .allocate(capacity: 1)
        isReady = unsafe yaml_parser_initialize(parser) == 1
        if isReady {
            unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            // libyaml needs a pointer even without any bytes.
            let start = unsafe bytes.baseAddress.map { unsafe $0 + textStart } ?? UnsafeRawPointer(parser)
            unsafe yaml_parser_set_input_string(
                parser,
                start.assumingMemoryBound(to: UInt8.self),
                bytes.count - textStart
            )
        }
    }

    deinit {
        if isReady { unsafe yaml_parser_delete(parser) }
        unsafe parser.deallocate()
    }

    /// The number of bytes to read.
    var count: Int { unsafe bytes.count }

    /// Reads the next event.
    func next() throws(SerializationError) -> YAMLEvent {
        guard isReady else { throw SerializationError(.limitExceeded, "out of memory while reading YAML") }
        if !isChecked {
            try checkDirectives()
            isChecked = true
        }
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw parserError() }
        defer { unsafe yaml_event_delete(&event) }
        let character = unsafe event.start_mark.index

        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            return unsafe YAMLEvent(
                kind: .scalar,
                text: String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                tag: text(scalar.tag),
                anchor: text(scalar.anchor),
                character: character
            )
        case YAML_ALIAS_EVENT:
            return unsafe YAMLEvent(kind: .alias, anchor: text(event.data.alias.anchor), character: character)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe YAMLEvent(
                kind: .sequenceStart,
                tag: text(start.tag),
                anchor: text(start.anchor),
                character: character
            )
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe YAMLEvent(
                kind: .mappingStart,
                tag: text(start.tag),
                anchor: text(start.anchor),
                character: character
            )
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, character: character)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, character: character)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, character: character)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, character: character)
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, character: character)
        default: return YAMLEvent(kind: .streamEnd, character: character)
        }
    }

    /// Refuses text in which more lines than ``maximumDirectiveCount`` may be tag directives.
    private func checkDirectives() throws(SerializationError) {
        let directive = Array("%TAG".utf8)
        var count = 0
        var isAtStart = true
        for index in unsafe bytes.indices.dropFirst(textStart) {
            let byte = unsafe bytes[index]
            if isAtStart, byte == directive[0], unsafe bytes[index...].starts(with: directive) {
                count += 1
                guard count <= Self.maximumDirectiveCount else {
                    throw SerializationError(
                        .limitExceeded,
                        "too many tag directives",
                        position: position(atByte: index)
                    )
                }
            }
            // The last octets of all line breaks of YAML 1.1, and of some other characters.
            isAtStart =
                switch byte {
                case 0x0A, 0x0D, 0x85, 0xA8, 0xA9: true
                default: false
                }
        }
    }

    private func text(_ characters: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe characters.map { unsafe String(cString: $0) }
    }

    private func parserError() -> SerializationError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "this is not YAML"
        switch unsafe parser.pointee.error {
        case YAML_MEMORY_ERROR:
            return SerializationError(.limitExceeded, "out of memory while reading YAML")
        case YAML_READER_ERROR:
            return SerializationError(
                .malformed,
                "\(problem): YAML is printable text in UTF-8",
                position: position(atByte: textStart + Int(unsafe parser.pointee.problem_offset))
            )
        default:
            let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) + ", " } ?? ""
            return SerializationError(
                .malformed,
                context + problem,
                position: position(atCharacter: Int(unsafe parser.pointee.problem_mark.index))
            )
        }
    }
}

extension YAMLEventReader {
    /// The position in bytes of a character, because libyaml counts characters.
    func position(atCharacter character: Int) -> SerializationError.Position {
        var remaining = character
        let isContinuation = { (byte: UInt8) in byte & 0b1100_0000 == 0b1000_0000 }
        let offset = unsafe bytes.dropFirst(textStart).firstIndex { byte in
            if isContinuation(byte) { return false }
            remaining -= 1
            return remaining < 0
        }
        return position(atByte: offset ?? count)
    }

    private func position(atByte offset: Int) -> SerializationError.Position {
        unsafe SerializationError.Position(
            offset: min(offset, count),
            in: bytes.assumingMemoryBound(to: UInt8.self).span
        )
    }
}

extension YAMLEventReader {
    /// Finds the value at a path, from the beginning of the stream.
    ///
    /// - Returns: The number of characters before the value, or `nil` if the value does not exist.
    func locate(_ path: ArraySlice<Document.PathElement>) throws(SerializationError) -> Int? {
        var event = try next()
        while event.kind == .streamStart || event.kind == .documentStart { event = try next() }
        return try locate(path, in: event)
    }

    private func locate(_ path: ArraySlice<Document.PathElement>, in event: YAMLEvent) throws(SerializationError)
        -> Int?
    {
        guard let step = path.first, event.kind != .alias else {
            try skip(event)
            return event.character
        }
        var found: Int?
        switch event.kind {
        case .sequenceStart:
            var index = 0
            while true {
                let element = try next()
                if element.kind == .sequenceEnd { return found }
                if step == .index(index) {
                    found = try locate(path.dropFirst(), in: element)
                } else {
                    try skip(element)
                }
                index += 1
            }
        case .mappingStart:
            while true {
                let key = try next()
                if key.kind == .mappingEnd { return found }
                // Aliases as keys are not resolved, because the position of the map is close enough.
                let value = try next()
                if step == .member(key.text) {
                    // Of members with the same name, the last one counts.
                    found = try locate(path.dropFirst(), in: value)
                } else {
                    try skip(value)
                }
            }
        default:
            return nil
        }
    }

    private func skip(_ event: YAMLEvent) throws(SerializationError) {
        var depth = 0
        var event = event
        while true {
            switch event.kind {
            case .sequenceStart, .mappingStart: depth += 1
            case .sequenceEnd, .mappingEnd: depth -= 1
            default: break
            }
            if depth == 0 { return }
            event = try next()
        }
    }
}
#endif
