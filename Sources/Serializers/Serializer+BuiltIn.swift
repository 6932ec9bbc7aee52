extension Serializer where Self == NativeSerializer {
    /// The binary format of this package, CBOR: the fastest.
    public static var native: NativeSerializer { NativeSerializer() }
}

extension Serializer where Self == JSONSerializer {
    /// JSON, laid out for people.
    public static var json: JSONSerializer { JSONSerializer() }
}

#if YAML
extension Serializer where Self == YAMLSerializer {
    /// YAML, laid out for people; a body of several lines reads as it would in a file of its own.
    public static var yaml: YAMLSerializer { YAMLSerializer() }
}
#endif

#if BSON
extension Serializer where Self == BSONSerializer {
    /// BSON, MongoDB's binary format.
    public static var bson: BSONSerializer { BSONSerializer() }
}
#endif
