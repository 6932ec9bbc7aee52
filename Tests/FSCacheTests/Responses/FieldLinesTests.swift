import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

@Suite("Field lines")
struct FieldLinesTests {
    @Test(
        "The fields equal the lines, in order, and looking for a name finds all of its values"
    )
    func fields() throws {
        let pairs = [
            ("Content-Type", "text/plain; charset=utf-8"), ("X-Own", ""), ("x-OWN", "é"), ("vary", "A\tB"),
            ("X-Own", "last"),
        ]
        let headers = try Self.headers(pairs.map { (Array($0.utf8), Array($1.utf8)) })
        var values: [String] = []
        headers.forEachValue(of: try #require(HTTPField.Name("x-own"))) { value in
            values.append(value.validatedString ?? "?")
        }
        #expect(values == ["", "é", "last"])
        #expect(headers.contains(.vary))
        #expect(!headers.contains(.eTag))
        #expect(!headers.isEmpty)
        #expect(headers.fields.map(\.name.rawName) == pairs.map(\.0))
        #expect(headers.fields.map(\.value) == pairs.map(\.1))
        #expect(headers == HeaderSection(headers.fields))
        #expect(headers.hashValue == HeaderSection(headers.fields).hashValue)
    }

    @Test("Only characters that a field can't have are rejected, before any field is made")
    func checks() throws {
        var random = SeededGenerator(seed: 110)
        // Mostly allowed characters, so that most invalid values have only one invalid character.
        func octets(upTo count: Int) -> [UInt8] {
            (0..<Int.random(in: 0...count, using: &random)).map { _ in
                Int.random(in: 0..<12, using: &random) == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : UInt8(ascii: "a") + UInt8.random(in: 0..<26, using: &random)
            }
        }
        var accepted = 0
        for round in 0..<4000 {
            let (name, value) = (octets(upTo: 12), octets(upTo: 20))
            let expected = String(validating: name, as: UTF8.self).flatMap { HTTPField.Name($0) }
            let isValid = expected != nil && HTTPField.isValidValue(value)
            let isText = String(validating: value, as: UTF8.self) != nil
            let context: Comment = "round \(round): \(name): \(value)"
            let headers = try? Self.headers([(name, value)], areText: false)
            #expect((headers != nil) == isValid, context)
            #expect(((try? Self.headers([(name, value)])) != nil) == (isValid && isText), context)
            guard let headers, let expected else { continue }
            accepted += 1
            #expect(headers.fields == HTTPFields([HTTPField(name: expected, value: value)]), context)
        }
        #expect(accepted > 200)
    }

    private static func headers(_ pairs: [([UInt8], [UInt8])], areText: Bool = true) throws -> HeaderSection {
        var entry = Data("before".utf8)
        var lines: [(name: Range<Int>, value: Range<Int>)] = []
        for (name, value) in pairs {
            let start = entry.count
            entry += name + value
            lines.append((start..<(start + name.count), (start + name.count)..<entry.count))
        }
        let octets = entry.span
        return HeaderSection(
            try lines.map { line in
                guard let line = FieldLines.Line(name: line.name, value: line.value, isText: areText, in: octets) else {
                    throw Rejected()
                }
                return line
            },
            in: entry
        )
    }

    private struct Rejected: Error {}
}
