package import Foundation

extension Origin {
    /// A response, and events while it is sent.
    package struct Response: Sendable {
        /// How the end of the content is marked.
        package enum Framing: Sendable {
            /// By the right `Content-Length`.
            case length
            /// By a `Content-Length` of this value, right or wrong.
            case declaredLength(Int)
            /// By the chunked transfer coding; each ``Step/send(_:)`` is a chunk.
            case chunked
            /// By the end of the connection.
            case close
            /// No content, and no header fields about it.
            case none
        }

        /// One step while the content is sent.
        package enum Step: Sendable {
            /// Sends a part of the content.
            case send(Data)
            /// Sends bytes without framing them.
            case sendRaw(Data)
            /// Sends a part a number of times. Ends when the client has read nothing for a second, or all of it.
            case pour(Data, times: Int, Pouring)
            /// Waits for the test.
            case wait(Gate)
            /// Signals the test.
            case open(Gate)
            /// Waits until the client has closed the connection, and signals the test.
            case waitForClientToClose(Gate)
            /// Closes the connection without sending more.
            case close
            /// Breaks the connection with a reset.
            case reset
        }

        /// The status code.
        package var status: Int
        /// The header fields without those for framing.
        package var fields: Fields
        /// How the end of the content is marked.
        package var framing: Framing
        /// The steps after the head.
        package var content: [Step]
        /// The steps before the head.
        package var prelude: [Step] = []

        /// Makes a response from steps.
        ///
        /// - Parameters:
        ///   - status: The status code.
        ///   - fields: The header fields.
        ///   - framing: How the end of the content is marked.
        ///   - content: The steps after the head.
        package init(status: Int = 200, fields: Fields = [:], framing: Framing, content: [Step]) {
            self.status = status
            self.fields = fields
            self.framing = framing
            self.content = content
        }

        /// Makes a plain response.
        ///
        /// - Parameters:
        ///   - status: The status code.
        ///   - fields: The header fields.
        ///   - body: The content.
        package init(status: Int = 200, fields: Fields = [:], body: Data = Data()) {
            let hasContent = ![204, 304].contains(status)
            self.init(status: status, fields: fields, framing: hasContent ? .length : .none, content: [.send(body)])
        }

        /// Makes a response of text.
        package init(status: Int = 200, fields: Fields = [:], body: String) {
            self.init(status: status, fields: fields, body: Data(body.utf8))
            if self.fields["Content-Type"] == nil { self.fields["Content-Type"] = "text/plain; charset=utf-8" }
        }

        /// Makes a response of JSON, members sorted.
        package init(status: Int = 200, fields: Fields = [:], json: some Encodable) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            self.init(status: status, fields: fields, body: try encoder.encode(json))
            self.fields["Content-Type"] = "application/json"
        }

        /// This response, with a head that waits for the test.
        package func delayed(until gate: Gate) -> Response {
            var response = self
            response.prelude.insert(.wait(gate), at: 0)
            return response
        }

        /// This response after an informational one (RFC 9110 §15.2).
        package func preceded(by status: Int, fields: Fields = [:]) -> Response {
            var response = self
            let lines = fields.lines.map { "\($0.name): \($0.value)\r\n" }.joined()
            let head = "HTTP/1.1 \(status) Informational\r\n\(lines)\r\n"
            response.prelude.append(.sendRaw(Data(head.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })))
            return response
        }

        /// Never answers, and waits until the client closes the connection.
        ///
        /// - Parameter closed: Opens when the client has closed the connection.
        /// - Returns: A response without any bytes.
        package static func never(closed: Gate = Gate()) -> Response {
            var response = Response(framing: .none, content: [])
            response.prelude = [.waitForClientToClose(closed), .close]
            return response
        }

        /// The number of bytes of the content.
        var byteCount: Int {
            content.reduce(0) { count, step in
                switch step {
                case .send(let bytes): count + bytes.count
                case .pour(let bytes, let times, _): count + bytes.count * times
                default: count
                }
            }
        }
    }
}
