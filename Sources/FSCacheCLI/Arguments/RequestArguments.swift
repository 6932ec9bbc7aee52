import ArgumentParser
import FSCache
import Foundation
import HTTPTypes

/// A request on the command line.
struct RequestArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("An absolute http or https URL.", valueName: "url"))
    var url: String

    @Option(
        name: [.customShort("X"), .customLong("request")],
        help: ArgumentHelp("The method. (default: GET; with -d, POST)", valueName: "method")
    )
    var method: String?

    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A header field of the request. May be repeated.", valueName: "name: value")
    )
    var headers: [String] = []

    @Option(
        name: [.customShort("d"), .customLong("data")],
        help: ArgumentHelp(
            "The content of the request: text, the bytes of a file, or '@-' for standard input.",
            discussion: "Its Content-Type is application/x-www-form-urlencoded unless -H sets another.",
            valueName: "data|@file"
        )
    )
    var data: String?

    @OptionGroup var matching: MatchingOptions

    func validate() throws {
        _ = try head()
    }

    /// The request without its content.
    func head() throws -> HTTPRequest {
        var request = try HTTPRequest(argument: url)
        if let method {
            guard let method = HTTPRequest.Method(method) else {
                throw ValidationError("\(method.debugDescription) is not a valid method.")
            }
            request.method = method
        } else if data != nil {
            request.method = .post
        }
        for header in headers { request.headerFields.append(try HTTPField(argument: header)) }
        if data != nil, !request.headerFields.contains(.contentType) {
            request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        }
        return request
    }

    /// The content of the request.
    func body() throws -> Data {
        guard let data else { return Data() }
        guard data.hasPrefix("@") else { return Data(data.utf8) }
        let path = String(data.dropFirst())
        if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
        return try Data(contentsOf: URL(filePath: path))
    }
}

extension HTTPRequest {
    /// Reads a URL argument.
    init(argument: String) throws {
        do {
            try self.init(url: argument)
        } catch {
            throw ValidationError(error.message)
        }
    }
}

extension HTTPField {
    /// Reads the value of `-H`.
    init(argument: String) throws {
        guard let colon = argument.firstIndex(of: ":"), let name = HTTPField.Name(String(argument[..<colon])) else {
            throw ValidationError("\(argument.debugDescription) is not a header field: write 'Name: value'.")
        }
        let value = argument[argument.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        guard HTTPField.isValidValue(value) else {
            throw ValidationError("The value of \(name.rawName) contains characters that a header field can't have.")
        }
        self.init(name: name, value: value)
    }
}
