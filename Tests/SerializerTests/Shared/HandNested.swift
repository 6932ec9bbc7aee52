/// A value that makes its containers by hand, nested and out of order.
struct HandNested: Codable, Equatable {
    var a: Int
    var b: [String]
    var c: [Int]
    var d: Bool

    init(a: Int, b: [String], c: [Int], d: Bool) {
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        var map = container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("map"))
        var list = container.nestedUnkeyedContainer(forKey: AnyKey("list"))
        try container.encode(d, forKey: AnyKey("d"))
        var inner = list.nestedUnkeyedContainer()
        for text in b { try inner.encode(text) }
        try list.encodeNil()
        var last = list.nestedContainer(keyedBy: AnyKey.self)
        try last.encode(c, forKey: AnyKey("c"))
        // The container that was opened first is filled last.
        try map.encode(a, forKey: AnyKey("a"))
        try map.encodeNil(forKey: AnyKey("none"))
        try list.superEncoder().singleValue(a)
        try inner.encode("end")
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        let map = try container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("map"))
        a = try map.decode(Int.self, forKey: AnyKey("a"))
        guard try map.decodeNil(forKey: AnyKey("none")), map.contains(AnyKey("none")), !map.contains(AnyKey("b")) else {
            throw DecodingError.dataCorrupted(.init(codingPath: map.codingPath, debugDescription: "the null is lost"))
        }
        var list = try container.nestedUnkeyedContainer(forKey: AnyKey("list"))
        var inner = try list.nestedUnkeyedContainer()
        b = []
        while !inner.isAtEnd { b.append(try inner.decode(String.self)) }
        guard b.popLast() == "end", try list.decodeNil() else {
            throw DecodingError.dataCorrupted(.init(codingPath: list.codingPath, debugDescription: "the end is lost"))
        }
        c = try list.nestedContainer(keyedBy: AnyKey.self).decode([Int].self, forKey: AnyKey("c"))
        guard try list.superDecoder().singleValueContainer().decode(Int.self) == a, list.isAtEnd else {
            throw DecodingError.dataCorrupted(.init(codingPath: list.codingPath, debugDescription: "the rest is lost"))
        }
        d = try container.decode(Bool.self, forKey: AnyKey("d"))
    }
}

extension Encoder {
    fileprivate func singleValue(_ value: Int) throws {
        var container = singleValueContainer()
        try container.encode(value)
    }
}
