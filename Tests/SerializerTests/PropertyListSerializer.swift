import Foundation
import Serializers

/// A serializer as a user would write it, identical to the one in the documentation of `Serializer`.
struct PropertyListSerializer: Serializer {
    let name = "plist"
    let fileExtension = "plist"
    let isHumanReadable = false

    func encode(_ value: some Encodable) throws -> Data {
        try PropertyListEncoder().encode(value)
    }

    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try PropertyListDecoder().decode(type, from: data)
    }
}
