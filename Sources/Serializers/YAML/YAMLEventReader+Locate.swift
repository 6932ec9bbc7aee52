#if YAML
extension YAMLEventReader {
    /// Finds the value that a path leads to, from the beginning of the stream.
    ///
    /// - Returns: The number of characters before the value, or `nil` when there is no such value.
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
                // An alias as a key is not looked up: the position of the map will do.
                let value = try next()
                if step == .member(key.text) {
                    // The last of several members with one name is the one that counts.
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
