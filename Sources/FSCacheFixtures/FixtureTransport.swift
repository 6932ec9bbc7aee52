public import FSCache
internal import Foundation
public import HTTPTypes
internal import Synchronization

/// A transport that replays recorded responses, and records those of another one.
///
/// It is what the trait `.fixtures` of FSCacheTesting gives to a test. Use it directly where there is no Swift Testing:
///
/// ```swift
/// let transport = try FixtureTransport("Tests/Recorded", mode: .once)
/// let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport)
/// ```
///
/// Its requests are those of one test: repeats of a request get the recorded responses in their order.
public final class FixtureTransport: HTTPTransport {
    /// What a test has asked for.
    public struct Counts: Sendable, Hashable {
        /// How many requests there were.
        public var requests = 0
        /// How many of them went to the network.
        public var network = 0
        /// How many found no recorded response.
        public var misses = 0

        /// Counts nothing yet.
        public init() {}
    }

    struct State {
        var playback = FixturePlayback()
        var counts = Counts()
        /// The files that have answered requests, by the index of their directory.
        var used: [Set<String>]
        /// What a test has recorded, until it has passed.
        var pending: [FixtureEntry] = []
        /// What looks like a secret in the recorded files.
        var suspects: [String] = []
        /// The keys whose earlier recordings have been removed.
        var rewritten: Set<CacheKey> = []
    }

    /// When requests go to the network.
    public let mode: FixtureMode
    /// The time of the fixture.
    public let clock: FixtureClock
    package let directories: [FixtureDirectory]
    let form: FixtureForm
    let network: any HTTPTransport
    let advice: String
    let state: Mutex<State>
    let isProgram: Bool
    /// The largest content of a request, which is read into memory.
    private static let contentLimit = 16 << 20

    /// Makes a transport for one test.
    ///
    /// - Parameters:
    ///   - directory: The path of the directory with the files. It need not exist to record.
    ///   - layers: The paths of directories whose files are replayed if that one has none. Nothing is written to them.
    ///   - mode: When requests go to the network. Default: ``FixtureMode/replay``.
    ///   - settings: What is recorded, and how requests find it.
    ///   - network: Sends the requests that are recorded. Default: `URLSession`.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting``.
    public convenience init(
        _ directory: String,
        over layers: [String] = [],
        mode: FixtureMode = .replay,
        settings: FixtureSettings = FixtureSettings(),
        network: some HTTPTransport = URLSessionTransport()
    ) throws(FSCacheError) {
        try self.init(
            [FixtureDirectory(directory)] + layers.map { FixtureDirectory($0) },
            mode: mode,
            settings: settings,
            network: network
        )
    }

    /// Makes a transport for one test, or for a program.
    ///
    /// - Parameters:
    ///   - directories: The directories, the one to write first.
    ///   - mode: When requests go to the network.
    ///   - settings: What is recorded, and how requests find it.
    ///   - network: Sends the requests that are recorded.
    ///   - advice: What to do about a request without a recorded response.
    ///   - isProgram: Whether the requests are those of a program and not of a test: files are replaced at once, a body is
    ///     recorded even if its reader leaves, and any origin is taken for the only one that is recorded.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting``.
    package init(
        _ directories: [FixtureDirectory],
        mode: FixtureMode,
        settings: FixtureSettings,
        network: any HTTPTransport,
        advice: String = "Record it: run the tests with the environment variable FSCACHE_FIXTURES=once.",
        isProgram: Bool = false
    ) throws(FSCacheError) {
        precondition(!directories.isEmpty, "A fixture needs a directory.")
        self.directories = directories
        self.mode = mode
        self.form = try FixtureForm(settings, isRecording: mode != .replay, learned: directories[0].learned)
        self.network = network
        self.advice = advice
        self.isProgram = isProgram
        self.clock = FixtureClock(start: settings.recordedAt ?? Self.time(of: directories[0]) ?? Date())
        self.state = Mutex(State(used: directories.map { _ in [] }))
    }

    /// The latest time in a directory, of its first files.
    private static func time(of directory: FixtureDirectory) -> Date? {
        directory.all(limit: 100).map(\.entry.response.receivedAt).max()
    }

    /// What the test has asked for so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// What looks like a secret in the files that were recorded, as `fscache fixtures lint` tells it.
    public var suspectedSecrets: [String] { state.withLock { $0.suspects } }

    /// Answers a request from the files, or sends and records it.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content, which is read into memory.
    /// - Returns: The response.
    /// - Throws: ``/FSCache/FSCacheError/Code/offline`` if none is recorded and the network must not be asked, with an explanation;
    ///   ``/FSCache/FSCacheError/Code/storeFailed`` if a file can't be read or written; the errors of the network.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let content = try await Self.content(of: body)
        let wanted = try form.wanted(request, content)
        state.withLock { $0.counts.requests += 1 }
        defer { if wanted.isUnsafe { state.withLock { $0.playback.countUnsafe(wanted.resource) } } }

        guard mode != .rewrite else { return try await record(request, content, wanted) }
        let recordedCount: Int
        let reason: MissExplanation.Reason?
        switch try find(wanted) {
        case .found(let candidates):
            if let response = replay(candidates, wanted) { return response }
            (recordedCount, reason) = (candidates.exchanges.count, .used)
            // A test that is to fail at the end of a sequence does so while others are recorded, too.
            guard mode != .once else { throw miss(wanted, reason) }
        case .otherVariants(let count): (recordedCount, reason) = (count, .variant)
        case .nothing: (recordedCount, reason) = (0, nil)
        }
        guard mode != .replay else { throw miss(wanted, reason) }
        return try await record(request, content, wanted, after: recordedCount)
    }

    private static func content(of body: MessageBody?) async throws -> Data {
        guard let body else { return Data() }
        guard let bytes = try await body.gathered(upTo: contentLimit).bytes else {
            throw FSCacheError(
                .unsupportedRequest,
                "A request with more than \(contentLimit >> 20) MiB of content can't be recorded or replayed."
            )
        }
        return bytes
    }

    /// Ends the test.
    ///
    /// - Parameter isPassed: Whether what it has recorded replaces the older recording.
    /// - Throws: ``/FSCache/FSCacheError/Code/storeFailed``.
    package func finish(isPassed: Bool) throws(FSCacheError) {
        let pending = state.withLock { state in
            defer { state.pending = [] }
            return isPassed ? state.pending : []
        }
        for entry in pending { try replaceRecording(with: entry) }
    }

    /// The paths of the files that have answered requests, for each directory.
    package var used: [(directory: FixtureDirectory, paths: Set<String>)] {
        state.withLock { state in zip(directories, state.used).map { ($0, $1) } }
    }
}

// MARK: - Recording

extension FixtureTransport {
    /// Sends a request, and records the response when it has been read to its end.
    ///
    /// - Parameters:
    ///   - request: The request as it is sent.
    ///   - content: Its content.
    ///   - wanted: The request as it is compared.
    ///   - count: How many responses to the request are recorded already.
    /// - Returns: The response.
    /// - Throws: The errors of the network.
    private func record(
        _ request: HTTPRequest,
        _ content: Data,
        _ wanted: FixtureForm.Wanted,
        after count: Int = 0
    ) async throws -> TransportResponse {
        let (repetition, step) = state.withLock { state in
            state.counts.network += 1
            return (count + state.playback.countRecorded(wanted.key), state.playback.step(of: wanted.resource))
        }
        var request = request
        // A coded response could neither be read nor searched for secrets.
        request.headerFields[.acceptEncoding] = nil
        let response = try await network.send(request, body: content.isEmpty ? nil : MessageBody(content))
        try form.learn(from: response.head)
        var facts = FixtureFacts()
        facts.repetition = repetition > 1 ? repetition : nil
        facts.step = step > 0 ? step : nil
        let recording = FixtureRecording(response, keepsPauses: form.settings.pace == .recorded, finishes: isProgram) {
            [self, facts] body, chunks in
            var facts = facts
            facts.chunks = chunks?.lengths
            facts.pauses = chunks?.pauses
            try write(form.entry(for: wanted, response.head, body, facts: facts, at: Date()))
        }
        return TransportResponse(head: response.head, body: recording.body)
    }

    private func write(_ entry: FixtureEntry) throws(FSCacheError) {
        guard mode == .rewrite else { return try store(entry) }
        guard isProgram else { return state.withLock { $0.pending.append(entry) } }
        try replaceRecording(with: entry)
    }

    /// Writes an exchange, and removes those of earlier recordings with its key.
    private func replaceRecording(with entry: FixtureEntry) throws(FSCacheError) {
        let isFirst = state.withLock { $0.rewritten.insert(entry.key).inserted }
        let old = isFirst ? try directories[0].recorded(entry.key) { form.answers($0, entry.key) } : []
        try store(entry)
        // Another test may just have recorded more repetitions.
        for recorded in old where !directories[0].isNew(recorded.path) { try directories[0].remove(recorded.path) }
    }

    private func store(_ entry: FixtureEntry) throws(FSCacheError) {
        let path = try directories[0].write(entry, with: form.settings.serializer)
        var suspects: [String] = []
        // A list of allowed findings that can't be read is reported by the command.
        _ = try? FixtureLinter(SecretScanner()).lint([directories[0].url(path).path]) {
            suspects.append($0.description)
        }
        state.withLock { state in
            state.used[0].insert(path)
            state.suspects += suspects
        }
    }
}
