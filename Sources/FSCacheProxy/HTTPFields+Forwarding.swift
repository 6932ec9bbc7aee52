#if Proxy
import FSCache
import HTTPTypes

extension HTTPFields {
    /// The fields without those that are for the next hop alone (RFC 9110 §7.6.1).
    var endToEnd: HTTPFields {
        guard contains(where: { StorableFields.isOfConnection($0.name) }) else { return self }
        let listed = StorableFields.connectionOptions(of: self)
        return filter { !StorableFields.isOfConnection($0.name) && !listed.contains($0.name.canonicalName) }
    }

    /// Whether a message came through a proxy.
    func cameThrough(_ pseudonym: String) -> Bool {
        contains { field in
            field.name == .via
                && field.value.split(separator: ",")
                    .contains { hop in hop.split { $0 == " " || $0 == "\t" }.dropFirst().first ?? "" == pseudonym }
        }
    }
}

// Each of these literals is a token, so none of them is nil.
extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
    static let maxForwards = HTTPField.Name("Max-Forwards")!
    static let via = HTTPField.Name("Via")!
}
#endif
