extension Serializer where Self == NativeSerializer {
    /// The binary format of this package, CBOR: the fastest.
    public static var native: NativeSerializer { NativeSerializer() }
}

extension Serializer where Self == JSONSerializer {
    /// JSON, laid out for people.
    public static var json: JSONSerializer { JSONSerializer() }
}
