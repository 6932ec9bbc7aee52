internal import Foundation
internal import HTTPTypes
internal import Serializers

/// The native layout of entries: CBOR that is read in one pass, with a head that is readable without the body.
///
///     D9D9F7             self-described CBOR (RFC 8949 §3.4.6)
///     85                 an array of five:
///     01                 - the version
///     48 xxxxxxxxxxxxxxxx  - XXH64 of the bytes from here to the beginning of the body
///     48 xxxxxxxxxxxxxxxx  - XXH64 of the body
///     Ax …               - the head, a map with the members of `EntryRecord` except the body
///     5B llllllllllllllll … - the body, its length always in eight bytes
///
/// Values that depend on the body have a fixed width and position, so a body can be written while it arrives. The
/// head has its own checksum, so it can be trusted before the body has been read.
struct NativeFormat: EntryFormat {
    private static let version = 1
    private static let prefix: [UInt8] = [0xD9, 0xD9, 0xF7, 0x85]
    /// The initial byte of a byte string of eight bytes.
    private static let checksumHead: UInt8 = 0x48
    private static let headChecksumOffset = 6
    private static let bodyChecksumOffset = 15
    private static let checkedOffset = 14
    private static let headOffset = 23
    private static let checksumByteCount = 8
    private static let lengthByteCount = 8
    /// The initial byte of a byte string whose length has eight bytes.
    private static let wideBytesHead: UInt8 = 0x5B
    private static let never = "never"

    // MARK: Writing

    var fileExtension: String { NativeSerializer().fileExtension }
    var streamsBodies: Bool { true }

    func encode(_ response: StoredResponse, for key: CacheKey) -> Data {
        var bytes = Self.unsealedHead(of: response, for: key)
        Self.seal(&bytes, bodyChecksum: Checksum(of: response.body), bodyByteCount: response.body.count)
        bytes.append(response.body)
        return bytes
    }

    /// Everything before the body, with zeros for the checksums and the length of the body.
    static func unsealedHead(of response: StoredResponse, for key: CacheKey) -> Data {
        var writer = CBORWriter(capacity: 1024)
        writer.writeTag(55799)
        writer.writeArrayHeader(count: 5)
        writer.write(version)
        let room = Data(count: checksumByteCount)
        writer.write(room)
        writer.write(room)
        writeHead(response, key, to: &writer)
        _ = writer.writeWideBytesHeader(count: 0)
        return writer.take()
    }

    /// Fills in the values that depend on the body.
    static func seal(_ head: inout Data, bodyChecksum: Checksum, bodyByteCount: Int) {
        head.put(UInt64(bodyByteCount), at: head.count - lengthByteCount)
        head.put(bodyChecksum.value, at: bodyChecksumOffset)
        head.put(Checksum(of: head[checkedOffset...]).value, at: headChecksumOffset)
    }

    private static func writeHead(_ response: StoredResponse, _ key: CacheKey, to writer: inout CBORWriter) {
        writer.writeMapHeader(count: 9 + (response.isEdited ? 1 : 0) + (response.generation == nil ? 0 : 1))
        writer.write("request")
        writer.writeMapHeader(count: 4)
        writer.write("method")
        writer.write(response.request.method.rawValue)
        writer.write("url")
        writer.write(response.request.url)
        writer.write("headers")
        write(response.request.headerFields, to: &writer)
        writer.write("body")
        writer.write(response.request.body)
        writer.write("status")
        writer.write(response.status.code)
        writer.write("reason")
        writer.write(response.status.reasonPhrase)
        writer.write("headers")
        write(response.headerFields, to: &writer)
        for (name, date) in [
            ("created", response.createdAt), ("requested", response.requestedAt), ("received", response.receivedAt),
        ] {
            writer.write(name)
            writer.write(date.milliseconds)
        }
        writer.write("expires")
        if let expires = response.expires { writer.write(expires.milliseconds) } else { writer.write(never) }
        writer.write("key")
        writer.write(key.description)
        if response.isEdited {
            writer.write("edited")
            writer.write(true)
        }
        if let generation = response.generation {
            writer.write("generation")
            writer.write(generation)
        }
    }

    private static func write(_ fields: HTTPFields, to writer: inout CBORWriter) {
        writer.writeArrayHeader(count: fields.count)
        for field in fields {
            writer.writeMapHeader(count: 1)
            writer.write(field.name.rawName)
            let bytes = unsafe field.withUnsafeBytesOfValue { unsafe Data($0) }
            if let text = String(validating: bytes, as: UTF8.self) { writer.write(text) } else { writer.write(bytes) }
        }
    }

    // MARK: Reading

    func decode(_ data: Data, for key: CacheKey) throws -> StoredResponse {
        let bytes = data.span
        var reader = CBORReader(offset: Self.headOffset)
        let head = try Self.readHead(from: &reader, in: bytes)
        let body = try reader.readBytes(in: bytes)
        try reader.expectEnd(in: bytes)
        try Self.checkHead(upTo: body.lowerBound, in: bytes)
        guard Checksum(of: bytes.extracting(body)) == bytes.checksum(at: Self.bodyChecksumOffset) else {
            throw EntryError.damaged("the checksum of its body differs")
        }
        return try head.response(for: key, in: data, bytes, body: data.slice(body))
    }

    private static func readHead(from reader: inout CBORReader, in bytes: Span<UInt8>) throws -> Head {
        guard bytes.count > headOffset, prefix.indices.allSatisfy({ bytes[$0] == prefix[$0] }) else {
            throw EntryError.damaged("it does not begin like an entry")
        }
        guard bytes[4] == version else { throw EntryError.laterVersion(Int(bytes[4])) }
        guard bytes[5] == checksumHead else { throw EntryError.damaged("its head has no checksum") }
        var head = Head()
        try head.read(from: &reader, in: bytes)
        return head
    }

    private static func checkHead(upTo end: Int, in bytes: Span<UInt8>) throws {
        guard Checksum(of: bytes.extracting(checkedOffset..<end)) == bytes.checksum(at: headChecksumOffset) else {
            throw EntryError.damaged("the checksum of its head differs")
        }
    }

    /// An entry's response without the body, and the position of the body.
    struct Opened {
        var response: StoredResponse
        var body: Range<Int>
        var bodyChecksum: Checksum
    }

    /// Reads the head of an entry from its first bytes.
    ///
    /// - Throws: When the head is damaged, or longer than the bytes.
    static func open(_ data: Data, byteCount: Int, for key: CacheKey) throws -> Opened {
        let bytes = data.span
        var reader = CBORReader(offset: headOffset)
        let head = try readHead(from: &reader, in: bytes)
        let start = reader.offset + 1 + lengthByteCount
        guard start <= bytes.count, bytes[reader.offset] == wideBytesHead else {
            throw EntryError.damaged("its head is not followed by a body")
        }
        try checkHead(upTo: start, in: bytes)
        guard bytes.number(at: start - lengthByteCount) == UInt64(byteCount - start) else {
            throw EntryError.damaged("it does not end where its body ends")
        }
        return Opened(
            response: try head.response(for: key, in: data, bytes, body: Data()),
            body: start..<byteCount,
            bodyChecksum: bytes.checksum(at: bodyChecksumOffset)
        )
    }

    /// The members of the head, which may come in any order.
    fileprivate struct Head {
        var method = HTTPRequest.Method.get
        var url = ""
        var requestFields: [FieldLines.Line] = []
        var requestBody = Data()
        var status = 0
        var reason = ""
        var fields: [FieldLines.Line] = []
        var created = Date.distantPast
        var requested = Date.distantPast
        var received = Date.distantPast
        var expires: Date?
        var key = 0..<0
        var isEdited = false
        var generation: Int?
    }
}

extension NativeFormat.Head {
    mutating func read(from reader: inout CBORReader, in bytes: Span<UInt8>) throws {
        for _ in 0..<(try reader.readMapHeader(in: bytes) ?? 0) {
            switch bytes.extracting(try reader.readText(in: bytes)) {
            case "request": try readRequest(from: &reader, in: bytes)
            case "status": status = try reader.readInt(in: bytes)
            case "reason": reason = try reader.readString(in: bytes)
            case "headers": fields = try Self.readFields(from: &reader, in: bytes)
            case "created": created = Date(milliseconds: try reader.readInt(in: bytes))
            case "requested": requested = Date(milliseconds: try reader.readInt(in: bytes))
            case "received": received = Date(milliseconds: try reader.readInt(in: bytes))
            case "expires":
                if case .textString? = reader.nextType(in: bytes) {
                    try reader.skipValue(in: bytes)
                } else {
                    expires = Date(milliseconds: try reader.readInt(in: bytes))
                }
            case "key": key = try reader.readText(in: bytes)
            case "edited": isEdited = try reader.readBool(in: bytes)
            case "generation": generation = try reader.readInt(in: bytes)
            default: try reader.skipValue(in: bytes)
            }
        }
    }

    private mutating func readRequest(from reader: inout CBORReader, in bytes: Span<UInt8>) throws {
        for _ in 0..<(try reader.readMapHeader(in: bytes) ?? 0) {
            switch bytes.extracting(try reader.readText(in: bytes)) {
            case "method":
                let text = try reader.readString(in: bytes)
                guard let method = HTTPRequest.Method(text) else { throw EntryError.invalid("method", text) }
                self.method = method
            case "url": url = try reader.readString(in: bytes)
            case "headers": requestFields = try Self.readFields(from: &reader, in: bytes)
            case "body": requestBody = bytes.extracting(try reader.readBytes(in: bytes)).data
            default: try reader.skipValue(in: bytes)
            }
        }
    }

    private static func readFields(from reader: inout CBORReader, in bytes: Span<UInt8>) throws -> [FieldLines.Line] {
        let count = try reader.readArrayHeader(in: bytes) ?? 0
        guard count > 0 else { return [] }
        guard count <= HTTPFields.maximumStoredCount else { throw EntryError.invalid("headers", "too many") }
        var lines: [FieldLines.Line] = []
        lines.reserveCapacity(count)
        for _ in 0..<count {
            guard let pair = try reader.readPair(in: bytes) else {
                throw EntryError.invalid("headers", "an element that is not one `name: value`")
            }
            guard let line = FieldLines.Line(name: pair.name, value: pair.value, isText: pair.isText, in: bytes) else {
                throw EntryError.invalidField(name: bytes.extracting(pair.name), value: bytes.extracting(pair.value))
            }
            lines.append(line)
        }
        return lines
    }

    func response(for key: CacheKey, in entry: Data, _ bytes: Span<UInt8>, body: Data) throws -> StoredResponse {
        let digits = bytes.extracting(self.key)
        if !key.isSpelled(by: digits) {
            guard let own = CacheKey(digits: digits) else { throw EntryError.damaged("it has no key") }
            guard own == key else { throw EntryError.otherKey(own) }
        }
        let response = StoredResponse(
            request: StoredResponse.Request(
                method: method,
                url: url,
                headers: HeaderSection(requestFields, in: entry),
                body: requestBody
            ),
            status: try HTTPResponse.Status(stored: status, reason: reason),
            headers: HeaderSection(fields, in: entry),
            body: body,
            requestedAt: requested,
            receivedAt: received,
            createdAt: created,
            expires: expires,
            isEdited: isEdited,
            generation: generation
        )
        try response.checkDates()
        return response
    }
}

extension Data {
    /// Writes a number as eight bytes in big-endian order.
    fileprivate mutating func put(_ value: UInt64, at offset: Int) {
        for index in 0..<8 {
            self[startIndex + offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * index))
        }
    }

    /// Some of the bytes, without copying them.
    ///
    /// Indices begin at 0.
    fileprivate func slice(_ range: Range<Int>) -> Data {
        // A few bytes may be stored inline in the value, and a pointer to them wouldn't stay valid.
        guard count > 64, !range.isEmpty else {
            return Data(self[(startIndex + range.lowerBound)..<(startIndex + range.upperBound)])
        }
        return unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return Data() }
            // Safe: the deallocator keeps `self` alive. Its storage is on the heap and never written while it is shared,
            // and the new value copies before it writes.
            let owner = self
            return unsafe Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: base + range.lowerBound),
                count: range.count,
                deallocator: .custom { _, _ in withExtendedLifetime(owner) {} }
            )
        }
    }
}

extension Span<UInt8> {
    fileprivate func checksum(at offset: Int) -> Checksum {
        Checksum(number(at: offset))
    }

    /// Reads eight bytes in big-endian order as a number.
    fileprivate func number(at offset: Int) -> UInt64 {
        (offset..<(offset + 8)).reduce(0) { $0 << 8 | UInt64(self[$1]) }
    }
}

extension Date {
    /// Milliseconds since 1970.
    fileprivate var milliseconds: Int { Int((timeIntervalSince1970 * 1000).rounded()) }

    fileprivate init(milliseconds: Int) {
        self.init(timeIntervalSince1970: TimeInterval(milliseconds) / 1000)
    }
}
