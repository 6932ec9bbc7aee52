/// A class whose subclasses encode more.
class Base: Codable {
    var base = 0

    init() {}
}

/// A class that encodes its superclass, and its list, into super encoders.
final class Child: Base {
    var name = ""
    var list = [1, 2, 3]

    override init() { super.init() }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(name, forKey: AnyKey("name"))
        try super.encode(to: container.superEncoder())
        var elements = container.superEncoder(forKey: AnyKey("list")).unkeyedContainer()
        for element in list { try elements.encode(element) }
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        name = try container.decode(String.self, forKey: AnyKey("name"))
        list = []
        var elements = try container.superDecoder(forKey: AnyKey("list")).unkeyedContainer()
        while !elements.isAtEnd { list.append(try elements.decode(Int.self)) }
        try super.init(from: container.superDecoder())
    }
}
