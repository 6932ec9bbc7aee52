package import Foundation

extension Origin {
    /// What is sent in answer, and what happens meanwhile.
    package struct Response: Sendable {
        /// How the end of the content is told.
        package enum Framing: Sendable {
            /// By a `Content-Length` that is right.
            case length
            /// By a `Content-Length` of this value, right or wrong.
            case declaredLength(Int)
            /// By the chunked transfer coding; each ``Step/send(_:)`` is a chunk.
            case chunked
            /// By the end of the connection.
            case close
            /// There is no content, nor a field that speaks of it.
            case none
        }

        /// One thing that happens while the content is sent.
        package enum Step: Sendable {
            /// Sends a part of the content.
            case send(Data)
            /// Sends bytes without framing them.
            case sendRaw(Data)
            /// Sends a part so many times, and tells when the client takes no more for a second, or has taken it all.
            case pour(Data, times: Int, Pouring)
            /// Waits for the test.
            case wait(Gate)
            /// Tells the test that this point is reached.
            case open(Gate)
            /// Waits until the client has closed the connection, and tells the test.
            case waitForClientToClose(Gate)
            /// Closes the connection in an orderly way, with nothing more sent.
            case close
            /// Breaks the connection with a reset.
            case reset
        }

        /// The status code.
        package var status: Int
        /// The header fields; those for framing and `Date` are added.
        package var fields: Fields
        /// How the end of the content is told.
        package var framing: Framing
        /// What happens after the head.
        package var content: [Step]
        /// What happens before the head.
        package var prelude: [Step] = []

        /// Makes a response that happens step by step.
        ///
        /// - Parameters:
        ///   - status: The status code.
        ///   - fields: The header fields.
        ///   - framing: How the end of the content is told.
        ///   - content: What happens after the head.
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

        /// The same response, whose head waits for the test.
        package func delayed(until gate: Gate) -> Response {
            var response = self
            response.prelude.insert(.wait(gate), at: 0)
            return response
        }

        /// The same response, with an informational one (RFC 9110 §15.2) before it.
        package func preceded(by status: Int, fields: Fields = [:]) -> Response {
            var response = self
            let lines = fields.lines.map { "\($0.name): \($0.value)\r\n" }.joined()
            let head = "HTTP/1.1 \(status) Informational\r\n\(lines)\r\n"
            response.prelude.append(.sendRaw(Data(head.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })))
            return response
        }

        /// No answer at all, until the client loses patience.
        ///
        /// - Parameter closed: Opens when the client has closed the connection.
        /// - Returns: A response that is none.
        package static func never(closed: Gate = Gate()) -> Response {
            var response = Response(framing: .none, content: [])
            response.prelude = [.waitForClientToClose(closed), .close]
            return response
        }

        /// The content, when it is sent without further ado.
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
