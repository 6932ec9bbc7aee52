package import Foundation
package import HTTPTypes

/// The values of secret parameters, in clear, to find them where no name tells what they are.
extension RequestMatching {
    /// The secret values in a request: of its header fields, of its query and of its content.
    package func secretValues(of request: HTTPRequest, _ body: Data) -> [String] {
        secretValues(in: request.headerFields) + secretParameters(of: request.path ?? "")
            + secretValues(in: body, of: request)
    }

    /// The secret values of header fields, without the scheme of credentials, and of the URLs in them.
    package func secretValues(in fields: HTTPFields) -> [String] {
        fields.flatMap { field in
            if isRedacted(field.name), !Self.cookies.contains(field.name) {
                return field.value.split(separator: " ").last.map { [String($0)] } ?? []
            }
            let isReference = [.location, .contentLocation, .referer].contains(field.name)
            return isReference ? secretParameters(of: field.value) : []
        }
    }

    /// The secret values in content; none if it can't be searched.
    package func secretValues(in body: Data, of request: HTTPRequest) -> [String] {
        guard hasSecrets, !body.isEmpty else { return [] }
        let octets = Array(body)
        let kind = NormalizedBody.Kind(of: request)
        return (secretRanges(in: octets, of: request, kind) ?? []).compactMap { range in
            switch kind {
            case .json, .jsonLines: try? JSONDecoder().decode(String.self, from: Data(octets[range]))
            case .form: Self.formDecoded(octets[range])
            case .multipart, .bytes: String(validating: octets[range], as: UTF8.self)
            }
        }
    }

    /// The secret values in the query and the fragment of a URL.
    private func secretParameters(of url: String) -> [String] {
        url.utf8.split { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }.dropFirst()
            .flatMap { $0.split { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") } }
            .compactMap { parameter in
                let parameter = Array(parameter)[...]
                guard hasSecretName(parameter), let equals = parameter.firstIndex(of: UInt8(ascii: "=")) else {
                    return nil
                }
                return Self.formDecoded(parameter[(equals + 1)...])
            }
    }

    private static func formDecoded(_ octets: ArraySlice<UInt8>) -> String? {
        String(validating: FormCoding.decoded(octets.span), as: UTF8.self)
    }
}
