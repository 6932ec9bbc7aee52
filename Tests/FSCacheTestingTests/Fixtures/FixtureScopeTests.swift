import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCacheTesting

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Runs the scopes of traits inside of a test, to see what they record and report.
@Suite("Scope of a fixture")
struct FixtureScopeTests {
    private static let url = "https://api.example.com/items"
    private let fixture: FixtureUnderTest

    init() throws { fixture = try FixtureUnderTest() }

    private func run(
        _ mode: FixtureMode = .once,
        requiring requirements: [FixtureRequirement] = [],
        _ function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let trait = FixtureTrait.fixtures(fixture.path, mode: mode, requiring: requirements) {
            ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        }
        try await trait.within([:]).provideScope(
            for: #require(Test.current),
            testCase: Test.Case.current,
            performing: function
        )
    }

    @Test("A miss is an issue at the line of the request")
    func showsLine() async throws {
        try await run { _ = try await Fixture.current.session.get(Self.url) }
        let line = Mutex(0)
        try await withKnownIssue {
            try await run(.replay) {
                line.withLock { $0 = #line + 1 }
                _ = try await Fixture.current.session.get("\(Self.url)?page=2")
            }
        } matching: { issue in
            issue.sourceLocation?.line == line.withLock { $0 }
                && (issue.error as? FSCacheError)?.message.contains("FSCACHE_FIXTURES=once") == true
        }
    }

    @Test("A miss in a test with stubs alone is an issue at the line of the request")
    func showsLineOfStubs() async throws {
        let line = Mutex(0)
        let trait = FixtureTrait.fixtures { GET(Self.url) { "stub" } }
        try await withKnownIssue {
            try await trait.provideScope(for: #require(Test.current), testCase: Test.Case.current) {
                line.withLock { $0 = #line + 1 }
                _ = try await Fixture.current.session.get("\(Self.url)?page=2")
            }
        } matching: { issue in
            issue.sourceLocation?.line == line.withLock { $0 }
                && (issue.error as? FSCacheError)?.message.contains("Add a stub") == true
        }
    }

    @Test("A miss of a URLSession is an issue with the explanation, once")
    func explainsToURLSession() async throws {
        try await run { _ = try await Fixture.current.session.get(Self.url) }
        try await withKnownIssue {
            try await run(.replay) {
                let client = URLSession(configuration: try Fixture.current.urlSessionConfiguration)
                _ = try await client.data(from: #require(URL(string: "\(Self.url)?page=2")))
            }
        } matching: { issue in
            "\(issue)".split(separator: "The most similar stored request", omittingEmptySubsequences: false).count == 2
                && (issue.error as? FSCacheError)?.code == .offline
        }
    }

    @Test("What looks like a secret is a warning when it is recorded", arguments: ["gh" + "p_", "not"])
    func warnsOfSecrets(prefix: String) async throws {
        let isSecret = prefix != "not"
        let body = prefix + String(repeating: "a1", count: 18)
        let trait = FixtureTrait.fixtures(fixture.path, mode: .once) {
            ScriptedTransport { _ in TransportResponse(body: body) }
        }
        .within([:])
        let warnings = Mutex<[String]>([])
        let observer = IssueHandlingTrait.compactMapIssues { issue in
            warnings.withLock { $0.append("\(issue.severity): \(issue.comments.map(\.rawValue).joined())") }
            return nil
        }
        let (test, testCase) = (try #require(Test.current), Test.Case.current)
        try await observer.provideScope(for: test, testCase: testCase) {
            try await trait.provideScope(for: test, testCase: testCase) {
                _ = try await Fixture.current.session.get(Self.url)
            }
        }
        let found = warnings.withLock { $0 }
        #expect(found.count == (isSecret ? 1 : 0))
        #expect(found.allSatisfy { $0.hasPrefix("warning") && $0.contains("GET.") && !$0.contains(body) })
    }

    @Test("A test may catch the error of a miss, and goes on")
    func staysQuiet() async throws {
        try await run { _ = try await Fixture.current.session.get(Self.url) }
        try await run(.replay) {
            await #expect(throws: FSCacheError.self) { try await Fixture.current.session.get("\(Self.url)?page=2") }
            try await #expect(Fixture.current.session.get(Self.url).text() == "1")
        }
        await withKnownIssue {
            try await run(.replay, requiring: [.noMisses]) {
                _ = try? await Fixture.current.session.get("\(Self.url)?page=2")
            }
        }
    }

    @Test("A directory that isn't there is an error that says how to record, before the test runs")
    func tellsOfMissingDirectory() async throws {
        let error = await #expect(throws: FSCacheError.self) { try await run(.replay) { Issue.record("the test ran") } }
        #expect(error?.code == .unusableStore && error?.message.contains("FSCACHE_FIXTURES=once") == true)
    }

    @Test(
        "A test that breaks a budget has an issue that says so",
        arguments: [
            (FixtureRequirement.noNetwork, FixtureMode.rewrite, 2), (.atMost(requests: 1), .replay, 2),
            (.everyFixtureUsed, .replay, 1),
        ]
    )
    func requires(_ requirement: FixtureRequirement, mode: FixtureMode, count: Int) async throws {
        try await run { for page in 0..<2 { _ = try await Fixture.current.session.get("\(Self.url)?page=\(page)") } }
        func requests(_ mode: FixtureMode) async throws {
            try await run(mode, requiring: [requirement]) {
                for page in 0..<count { _ = try await Fixture.current.session.get("\(Self.url)?page=\(page)") }
            }
        }
        await withKnownIssue { try await requests(mode) }
        try await run(.replay, requiring: [.noNetwork, .atMost(requests: 2), .everyFixtureUsed]) {
            for page in 0..<2 { _ = try await Fixture.current.session.get("\(Self.url)?page=\(page)") }
        }
    }

    @Test("Rewriting keeps the old files if the test records an issue, and replaces them if it passes")
    func rewritesWhenPassed() async throws {
        try await run { _ = try await Fixture.current.session.get(Self.url) }
        let before = try fixture.contents()
        await withKnownIssue {
            try await run(.rewrite) {
                for _ in 0..<2 { _ = try await Fixture.current.session.get(Self.url) }
                Issue.record("it fails")
            }
        }
        try #expect(fixture.contents() == before)
        try await run(.rewrite) { for _ in 0..<2 { _ = try await Fixture.current.session.get(Self.url) } }
        try #expect(fixture.files().count == 2)
    }

    @Test("Of tests that rewrite the same requests, none removes what another has just recorded")
    func rewritesTogether() async throws {
        func poll(_ count: Int, _ mode: FixtureMode) async throws {
            try await run(mode) { for _ in 0..<count { _ = try await Fixture.current.session.get(Self.url) } }
        }
        try await poll(3, .rewrite)
        try await poll(1, .rewrite)
        try #expect(fixture.files().count == 3)
        try await run(.replay, requiring: [.everyFixtureUsed]) {
            for expected in ["1", "2", "3"] {
                try await #expect(Fixture.current.session.get(Self.url).text() == expected)
            }
        }
    }

    @Test("Tests that run at the same time record the same files as one after the other")
    func recordsInParallel() async throws {
        @Sendable func polls() async throws {
            for _ in 0..<3 { _ = try await Fixture.current.session.get(Self.url) }
            for page in 0..<5 { _ = try await Fixture.current.session.get("\(Self.url)?page=\(page)") }
        }
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await run { try await polls() } } }
            try await group.waitForAll()
        }
        try #expect(fixture.files().count == 8)
        try await run(.replay, requiring: [.everyFixtureUsed]) {
            for expected in ["1", "2", "3"] {
                try await #expect(Fixture.current.session.get(Self.url).text() == expected)
            }
            for page in 0..<5 { _ = try await Fixture.current.session.get("\(Self.url)?page=\(page)") }
        }
    }
}
