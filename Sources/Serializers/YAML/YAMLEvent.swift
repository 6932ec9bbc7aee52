#if YAML
/// One step of a YAML stream: a scalar, an alias, or the begin or end of something.
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
    /// Whether a scalar was written without quotes and not as a block.
    var isPlain = false
    /// The tag in full: `tag:yaml.org,2002:str` for `!!str`.
    var tag: String?
    /// The anchor that the node defines, or that an alias refers to.
    var anchor: String?
    /// The number of characters before the event.
    var character: Int
}
#endif
