extension Serializer where Self == NativeSerializer {
    /// CBOR, the native binary format and the fastest.
    public static var native: NativeSerializer { NativeSerializer() }
}

extension Serializer where Self == JSONSerializer {
    /// JSON, laid out for people.
    public static var json: JSONSerializer { JSONSerializer() }
}

#if YAML
extension Serializer where Self == YAMLSerializer {
    /// YAML, laid out for people: multi-line text stays readable.
    public static var yaml: YAMLSerializer { YAMLSerializer() }
}
#endif

#if BSON
extension Serializer where Self == BSONSerializer {
    /// BSON, MongoDB's binary format.
    public static var bson: BSONSerializer { BSONSerializer() }
}
#endif
