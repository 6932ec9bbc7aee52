import Foundation
import Serializers
import Testing

/// CBOR item by item, without a tree.
struct CBORCursorTests {
    @Test("Items that were written one by one are read one by one")
    func items() throws {
        var writer = CBORWriter()
        writer.writeMapHeader(count: 9)
        writer.write("int")
        writer.write(-300)
        writer.write("wide")
        writer.write(Int128.min)
        writer.write("double")
        writer.write(0.1)
        writer.write("bool")
        writer.write(true)
        writer.write("null")
        writer.writeNull()
        writer.write("date")
        try writer.write(Date(timeIntervalSince1970: 1.5))
        writer.write("list")
        writer.writeArrayHeader(count: 2)
        writer.write("a")
        writer.write("é")
        writer.write("tagged")
        writer.writeTag(32)
        writer.write("urn:a")
        writer.write("body")
        writer.write(Data([1, 2, 3]))
        let data = writer.take()
        #expect(writer.count == 0)

        let bytes = data.span
        var reader = CBORReader()
        #expect(try reader.readMapHeader(in: bytes) == 9)
        #expect(try reader.readString(in: bytes) == "int")
        #expect(try reader.readInt(in: bytes) == -300)
        #expect(try reader.readString(in: bytes) == "wide")
        try reader.skipValue(in: bytes)
        #expect(try reader.readString(in: bytes) == "double")
        #expect(try reader.readDouble(in: bytes) == 0.1)
        #expect(try reader.readString(in: bytes) == "bool")
        #expect(try reader.readBool(in: bytes))
        #expect(try reader.readString(in: bytes) == "null")
        let isNull = reader.skipNull(in: bytes)
        let isStillNull = reader.skipNull(in: bytes)
        #expect(isNull && !isStillNull)
        #expect(try reader.readString(in: bytes) == "date")
        #expect(try reader.readDate(in: bytes) == Date(timeIntervalSince1970: 1.5))
        #expect(try reader.readString(in: bytes) == "list")
        #expect(try reader.readArrayHeader(in: bytes) == 2)
        #expect(try reader.readString(in: bytes) == "a")
        #expect(try reader.readString(in: bytes) == "é")
        #expect(try reader.readString(in: bytes) == "tagged")
        #expect(reader.nextType(in: bytes) == .tag)
        #expect(try reader.readTag(in: bytes) == 32)
        #expect(try reader.readTag(in: bytes) == nil)
        #expect(try reader.readString(in: bytes) == "urn:a")
        #expect(try reader.readString(in: bytes) == "body")
        let range = try reader.readBytes(in: bytes)
        #expect(data[range] == Data([1, 2, 3]))
        try reader.expectEnd(in: bytes)
        #expect(reader.nextType(in: bytes) == nil)
        // The serializer reads an equal document.
        #expect(try NativeSerializer().document(from: data)["wide"] == .integer(.min))
    }

    @Test("A length can be set after the bytes that it counts")
    func wideHeader() throws {
        var writer = CBORWriter()
        writer.writeMapHeader(count: 1)
        writer.write("body")
        let offset = writer.writeWideBytesHeader()
        #expect(offset == writer.count - 8)
        let body = Data(repeating: 7, count: 300)
        writer.setCount(body.count, at: offset)
        let data = writer.take() + body
        #expect(data.hex.hasPrefix("a164626f64795b000000000000012c07"))
        #expect(try NativeSerializer().decode([String: Data].self, from: data) == ["body": body])
    }

    @Test(
        "An item of another kind is refused, and the reader stays before it",
        arguments: ["00", "20", "40", "60", "80", "a0", "c000", "f4", "f6", "f90000", "f0", "ff", ""]
    )
    func otherItems(_ hex: String) throws {
        let data = Data(hex: hex)
        var succeeded = 0
        func attempt(_ read: (inout CBORReader) throws -> Void) {
            var reader = CBORReader()
            do {
                try read(&reader)
                succeeded += 1
            } catch let error as SerializationError {
                #expect(error.code == .malformed)
                #expect(error.position?.offset == 0)
                #expect(reader.offset == 0)
            } catch {
                Issue.record(error)
            }
        }
        attempt { _ = try $0.readInt(in: data.span) }
        attempt { _ = try $0.readBool(in: data.span) }
        attempt { _ = try $0.readString(in: data.span) }
        attempt { _ = try $0.readBytes(in: data.span) }
        attempt { _ = try $0.readArrayHeader(in: data.span) }
        attempt { _ = try $0.readMapHeader(in: data.span) }
        attempt { _ = try $0.readDate(in: data.span) }
        #expect(succeeded == (["00", "20", "40", "60", "80", "a0", "f4"].contains(hex) ? 1 : 0))
    }

    @Test(
        "Integers beyond Int are rejected with that reason",
        arguments: ["1b8000000000000000", "1bffffffffffffffff", "3b8000000000000000", "3bffffffffffffffff"]
    )
    func wideIntegers(_ hex: String) throws {
        let data = Data(hex: hex)
        var reader = CBORReader()
        let error = #expect(throws: SerializationError.self) { try reader.readInt(in: data.span) }
        #expect(error?.message.contains("does not fit") == true)
        #expect(reader.offset == 0)
        #expect(try reader.readDouble(in: data.span).magnitude >= 0x1p63)
    }

    @Test("Int's bounds are read")
    func bounds() throws {
        for value in [Int.min, .min + 1, -1, 0, .max] {
            var writer = CBORWriter()
            writer.write(value)
            let data = writer.take()
            var reader = CBORReader()
            #expect(try reader.readInt(in: data.span) == value)
        }
    }

    @Test("Chunks are joined, and breaks are found")
    func indefiniteLengths() throws {
        let data = Data(hex: "9f 7f 6161 6162 ff bf ff ff")
        let bytes = data.span
        var reader = CBORReader()
        #expect(try reader.readArrayHeader(in: bytes) == nil)
        #expect(try !reader.skipBreak(in: bytes))
        #expect(try reader.readString(in: bytes) == "ab")
        #expect(try reader.readMapHeader(in: bytes) == nil)
        #expect(try reader.skipBreak(in: bytes))
        #expect(try reader.skipBreak(in: bytes))
        #expect(throws: SerializationError.self) { try reader.skipBreak(in: data.span) }
        let chunked = Data(hex: "5f 4101 ff")
        var second = CBORReader()
        #expect(throws: SerializationError.self) { try second.readBytes(in: chunked.span) }
        #expect(second.offset == 0)
        try second.skipValue(in: chunked.span)
        try second.expectEnd(in: chunked.span)
    }

    @Test("Every half-precision float is read as its value and written in two bytes")
    func halves() throws {
        for bits in UInt16.min ... .max {
            let data = Data([0xF9, UInt8(bits >> 8), UInt8(bits & 0xFF)])
            var reader = CBORReader()
            let value = try reader.readDouble(in: data.span)
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Double(bits & 0x3FF)
            if exponent == 31, fraction > 0 {
                #expect(value.isNaN)
                continue
            }
            let magnitude =
                exponent == 31
                ? .infinity : exponent == 0 ? fraction / 0x1p24 : (1024 + fraction) * pow(2, Double(exponent - 25))
            #expect(value == (bits & 0x8000 == 0 ? magnitude : -magnitude))
            var writer = CBORWriter()
            writer.write(value)
            #expect(writer.take() == data)
        }
    }
}
