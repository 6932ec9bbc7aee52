public import FSCache
public import FSCacheFixtures
internal import Foundation
internal import Synchronization
public import Testing

/// Gives each test recorded responses instead of the network.
public struct FixtureTrait: TestTrait, SuiteTrait, TestScoping {
    /// A suite's trait applies to each of its tests.
    public var isRecursive: Bool { true }

    let source: Source

    enum Source: Sendable {
        case files(Files)
        case stubs([Stub])
    }

    /// Files that tests record and replay.
    struct Files: Sendable {
        var path: String
        var mode: FixtureMode?
        var settings: FixtureSettings
        var requirements: [FixtureRequirement]
        var network: @Sendable () -> any HTTPTransport
        var environment = ProcessInfo.processInfo.environment
    }

    /// The same trait in another environment, so that its tests do the same where the variable `CI` is set.
    func within(_ environment: [String: String]) -> FixtureTrait {
        guard case .files(var files) = source else { return self }
        files.environment = environment
        return FixtureTrait(source: .files(files))
    }

    /// Runs a test with its responses.
    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let outer = Fixture.task?.layers
        let layers: FixtureLayers
        var requirements: [FixtureRequirement] = []
        switch source {
        case .stubs(let stubs):
            layers = FixtureLayers(
                stubs: StubTransport(stubs, over: outer?.stubs),
                files: outer?.files,
                location: test.sourceLocation
            )
        case .files(let files):
            requirements = files.requirements
            layers = FixtureLayers(
                stubs: outer?.stubs ?? StubTransport([]),
                files: try files.open(over: outer?.files),
                location: test.sourceLocation
            )
        }
        let fixture = try Fixture(layers)
        let outcome = TestOutcome()
        let result: Result<Void, any Error>
        do {
            try await outcome.observing(test, testCase) {
                try await Fixture.$task.withValue(fixture, operation: function)
            }
            result = .success(())
        } catch {
            outcome.fail()
            result = .failure(error)
        }
        await fixture.session.close()
        try finish(layers, outer, outcome, test, requirements)
        do {
            try result.get()
        } catch {
            guard let miss = layers.miss(behind: error) else { throw error }
            // Thrown, it would be an issue of the whole test.
            Issue.record(miss.error, sourceLocation: miss.location)
        }
    }

    private func finish(
        _ layers: FixtureLayers,
        _ outer: FixtureLayers?,
        _ outcome: TestOutcome,
        _ test: Test,
        _ requirements: [FixtureRequirement]
    ) throws {
        guard let files = layers.files, files !== outer?.files else { return }
        for requirement in requirements where !outcome.isFailed {
            guard let problem = requirement.problem(in: files) else { continue }
            outcome.fail()
            Issue.record("\(problem)", sourceLocation: test.sourceLocation)
        }
        for (directory, paths) in files.used { FixtureUsage.note(paths, in: directory) }
        try files.finish(isPassed: !outcome.isFailed)
        let suspects = files.suspectedSecrets
        guard !suspects.isEmpty else { return }
        let list = suspects.joined(separator: "\n")
        Issue.record(
            "What was recorded looks like secrets:\n\(list)",
            severity: .warning,
            sourceLocation: test.sourceLocation
        )
    }
}

extension FixtureTrait.Files {
    func open(over outer: FixtureTransport?) throws -> FixtureTransport {
        let mode = try FixtureMode.resolved(mode, environment: environment)
        let directory = FixtureDirectory.shared(path)
        guard mode != .replay || FileManager.default.fileExists(atPath: path) || outer != nil else {
            throw FSCacheError(
                .unusableStore,
                "There is no directory \(path), so nothing can be replayed. Record it: run the tests with the environment "
                    + "variable \(FixtureMode.environmentVariable)=once."
            )
        }
        return try FixtureTransport(
            [directory] + (outer?.directories ?? []),
            mode: mode,
            settings: settings,
            network: mode == .replay ? OfflineTransport() : network()
        )
    }
}

/// Whether a test has failed so far.
final class TestOutcome: Sendable {
    private let failed = Mutex(false)

    var isFailed: Bool { failed.withLock { $0 } }

    func fail() { failed.withLock { $0 = true } }

    /// Runs a test, and notices the issues that it records.
    func observing(
        _ test: Test,
        _ testCase: Test.Case?,
        _ function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let observer = IssueHandlingTrait.compactMapIssues { issue in
            if issue.severity >= .error { self.fail() }
            return issue
        }
        try await observer.provideScope(for: test, testCase: testCase, performing: function)
    }
}

extension Trait where Self == FixtureTrait {
    /// Gives each test recorded responses instead of the network.
    ///
    /// ```swift
    /// @Suite(.fixtures("Recorded"))
    /// struct ShopTests { … }
    /// ```
    ///
    /// The responses are files in a directory beside the source file. In the package's manifest, the test target needs
    /// `exclude: ["Recorded"]`. To record, run the tests with the environment variable `FSCACHE_FIXTURES`: `once` records
    /// what is missing, `new` appends to what is recorded, `rewrite` records everything anew.
    ///
    /// If the suite around a test has the trait too, responses that the directory of the test lacks come from there.
    ///
    /// - Parameters:
    ///   - directory: The path of the directory, relative to the source file.
    ///   - mode: When requests go to the network. The environment variable takes precedence, and where `CI` is set, it
    ///     has no effect. Default: ``/FSCacheFixtures/FixtureMode/replay``.
    ///   - settings: What is recorded, and how requests find it.
    ///   - requirements: What the test must keep to besides its expectations. Default: none.
    ///   - network: Makes the transport that records. Default: `URLSession`.
    ///   - sourceFile: The source file. Default: that of the caller.
    /// - Returns: The trait.
    public static func fixtures(
        _ directory: String,
        mode: FixtureMode? = nil,
        settings: FixtureSettings = FixtureSettings(),
        requiring requirements: [FixtureRequirement] = [],
        network: @escaping @Sendable () -> any HTTPTransport = { URLSessionTransport() },
        sourceFile: String = #filePath
    ) -> FixtureTrait {
        let url = URL(filePath: directory, relativeTo: URL(filePath: sourceFile).deletingLastPathComponent())
        return FixtureTrait(
            source: .files(
                .init(
                    path: url.standardizedFileURL.path,
                    mode: mode,
                    settings: settings,
                    requirements: requirements,
                    network: network
                )
            )
        )
    }

    /// Gives each test responses that are written in the code.
    ///
    /// ```swift
    /// @Test(.fixtures { GET("https://api.example.com/greeting") { "Hello" } })
    /// ```
    ///
    /// Any other request gets the responses of the traits around, or is an error.
    ///
    /// - Parameter stubs: The requests and their responses. Several for one request are used in their order, and the
    ///   last is repeated.
    /// - Returns: The trait.
    public static func fixtures(@StubBuilder _ stubs: () -> [Stub]) -> FixtureTrait {
        FixtureTrait(source: .stubs(stubs()))
    }
}
