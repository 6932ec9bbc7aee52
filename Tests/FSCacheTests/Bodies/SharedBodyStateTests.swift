import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

/// Names the events and actions of a shared body with a window of 4 bytes.
struct SharedBodyModel {
    typealias Machine = SharedBodyState<Int, Int>

    struct Failure: Error {}

    enum Event {
        case start, join, end, fail, stopPump
        case chunk(String)
        case next(Int)
        case readBack(Int, count: Int)
        case cancel(Int)
        case leave(Int)
        case keepUnread(isInEntry: Bool)
        case stopReadingBack(from: Int)
    }

    private(set) var machine: Machine

    init(finishes: Bool = false) {
        machine = Machine(window: 4, finishesWithoutReaders: finishes)
    }

    /// Performs an event and describes its actions.
    ///
    /// A reader's number stands for its waiter, and 0 for the pump's waiter.
    mutating func perform(_ event: Event) -> String {
        let actions: [Machine.Action]
        switch event {
        case .start: actions = machine.start()
        case .join: return machine.join().map { "reader \($0)" } ?? "refused"
        case .end: actions = machine.end(.success(()))
        case .fail: actions = machine.end(.failure(Failure()))
        case .stopPump: actions = machine.stopPump()
        case .chunk(let text): actions = machine.append(Data(text.utf8), by: 0)
        case .next(let reader): actions = machine.next(for: reader, reader)
        case .readBack(let reader, let count): actions = machine.didReadBack(count, for: reader)
        case .cancel(let reader): actions = machine.stopWaiting(reader)
        case .leave(let reader): actions = machine.leave(reader)
        case .keepUnread(let isInEntry):
            machine.keepUnread(isInEntry: isInEntry)
            actions = []
        case .stopReadingBack(let byteCount):
            machine.stopReadingBack(from: byteCount)
            actions = []
        }
        return actions.map(Self.text).sorted().joined(separator: ", ")
    }

    private static func text(_ action: Machine.Action) -> String {
        switch action {
        case .deliver(.chunk(let chunk), let reader): "\(reader): \(String(decoding: chunk, as: UTF8.self))"
        case .deliver(.readBack(let offset, let count), let reader): "\(reader): read back \(count) from \(offset)"
        case .deliver(.end, let reader): "\(reader): end"
        case .deliver(.failure(let error), let reader): "\(reader): \(type(of: error))"
        case .resume: "pump"
        case .cancelPump: "cancel pump"
        case .finishPump: "finish pump"
        }
    }
}

@Suite("State of a shared body")
struct SharedBodyStateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var finishes = false
        /// Each event with the expected actions.
        let steps: [(SharedBodyModel.Event, String)]
    }

    private static let cases = [
        Case(
            testDescription: "A waiting reader gets the next chunk at once, and the pump continues",
            steps: [
                (.join, "reader 1"), (.start, ""), (.next(1), ""), (.chunk("ab"), "1: ab, pump"), (.next(1), ""),
                (.chunk("c"), "1: c, pump"), (.next(1), ""), (.end, "1: end"),
            ]
        ),
        Case(
            testDescription: "The pump waits when it is a window ahead, and continues after a read",
            steps: [
                (.join, "reader 1"), (.start, ""), (.chunk("ab"), "pump"), (.chunk("cd"), ""),
                (.next(1), "1: ab, pump"),
                (.chunk("ef"), ""), (.next(1), "1: cd, pump"),
            ]
        ),
        Case(
            testDescription: "A large chunk comes whole, and stops the pump",
            steps: [(.join, "reader 1"), (.start, ""), (.chunk("abcdefgh"), ""), (.next(1), "1: abcdefgh, pump")]
        ),
        Case(
            testDescription: "An empty chunk wakes nobody",
            steps: [
                (.join, "reader 1"), (.start, ""), (.next(1), ""), (.chunk(""), "pump"), (.chunk("a"), "1: a, pump"),
                (.chunk(""), "pump"), (.keepUnread(isInEntry: false), ""), (.chunk("b"), "pump"), (.next(1), "1: b"),
            ]
        ),
        Case(
            testDescription: "While all chunks are in memory, the fastest reader sets the pace and anybody can join",
            steps: [
                (.join, "reader 1"), (.join, "reader 2"), (.start, ""), (.chunk("abcd"), ""),
                (.next(1), "1: abcd, pump"),
                (.chunk("efgh"), ""), (.next(1), "1: efgh, pump"), (.join, "reader 3"), (.next(3), "3: abcd"),
                (.next(3), "3: efgh"), (.next(2), "2: abcd"), (.end, ""), (.join, "reader 4"), (.next(4), "4: abcd"),
                (.next(2), "2: efgh"), (.next(2), "2: end"),
            ]
        ),
        Case(
            testDescription: "Without an entry, the slowest reader sets the pace, and nobody can join later",
            steps: [
                (.keepUnread(isInEntry: false), ""), (.join, "reader 1"), (.join, "reader 2"), (.start, ""),
                (.chunk("abcd"), ""), (.next(1), "1: abcd"), (.next(1), ""), (.join, "reader 3"), (.leave(3), ""),
                (.next(2), "2: abcd, pump"), (.join, "refused"), (.chunk("e"), "1: e, pump"), (.next(2), "2: e"),
            ]
        ),
        Case(
            testDescription: "When a slow reader leaves, the others continue",
            steps: [
                (.keepUnread(isInEntry: false), ""), (.join, "reader 1"), (.join, "reader 2"), (.start, ""),
                (.chunk("abcd"), ""), (.next(1), "1: abcd"), (.next(1), ""), (.leave(2), "pump"),
                (.chunk("e"), "1: e, pump"),
            ]
        ),
        Case(
            testDescription: "A late reader reads the beginning back from the entry, and the rest from memory",
            steps: [
                (.keepUnread(isInEntry: true), ""), (.join, "reader 1"), (.start, ""), (.next(1), ""),
                (.chunk("abcd"), "1: abcd, pump"), (.next(1), ""), (.chunk("efgh"), "1: efgh, pump"),
                (.chunk("i"), "pump"), (.join, "reader 2"), (.next(2), "2: read back 4 from 0"),
                (.readBack(2, count: 3), ""), (.next(2), "2: read back 1 from 3"), (.next(2), "2: FSCacheError"),
                (.chunk("jkl"), ""), (.readBack(2, count: 1), ""), (.next(2), "2: read back 4 from 4"),
                (.readBack(2, count: 4), ""), (.next(2), "2: i, pump"), (.next(2), "2: jkl"), (.next(2), ""),
                (.end, "2: end"),
            ]
        ),
        Case(
            testDescription: "When the entry ends, later bytes wait for the slowest reader",
            steps: [
                (.keepUnread(isInEntry: true), ""), (.join, "reader 1"), (.join, "reader 2"), (.start, ""),
                (.next(1), ""), (.chunk("abcdefgh"), "1: abcdefgh, pump"), (.stopReadingBack(from: 8), ""),
                (.chunk("ijkl"), ""), (.next(1), "1: ijkl"), (.join, "refused"), (.next(2), "2: read back 4 from 0"),
                (.readBack(2, count: 4), ""), (.next(2), "2: read back 4 from 4"), (.readBack(2, count: 4), ""),
                (.next(2), "2: ijkl, pump"),
            ]
        ),
        Case(
            testDescription: "After bytes could not be read back, the reader can try again",
            steps: [
                (.keepUnread(isInEntry: true), ""), (.join, "reader 1"), (.start, ""), (.next(1), ""),
                (.chunk("abcd"), "1: abcd, pump"), (.chunk("efgh"), ""), (.join, "reader 2"),
                (.next(2), "2: read back 4 from 0"), (.readBack(2, count: 0), ""), (.next(2), "2: read back 4 from 0"),
            ]
        ),
        Case(
            testDescription: "A failure comes after the bytes before it",
            steps: [
                (.join, "reader 1"), (.join, "reader 2"), (.start, ""), (.next(1), ""), (.chunk("a"), "1: a, pump"),
                (.next(1), ""), (.fail, "1: Failure"), (.next(2), "2: a"), (.next(2), "2: Failure"),
                (.next(2), "2: Failure"),
            ]
        ),
        Case(
            testDescription: "A cancelled reader stops waiting, and misses nothing if it continues",
            steps: [
                (.join, "reader 1"), (.join, "reader 2"), (.start, ""), (.cancel(1), ""), (.next(1), ""),
                (.next(2), ""), (.cancel(1), "1: CancellationError"), (.cancel(1), ""), (.chunk("a"), "2: a, pump"),
                (.next(1), "1: a"),
            ]
        ),
        Case(
            testDescription: "A second task at one reader is refused",
            steps: [
                (.join, "reader 1"), (.start, ""), (.next(1), ""), (.next(1), "1: FSCacheError"),
                (.chunk("a"), "1: a, pump"),
            ]
        ),
        Case(
            testDescription: "When the last reader leaves, the pump is cancelled and nobody can join",
            steps: [
                (.join, "reader 1"), (.join, "reader 2"), (.start, ""), (.chunk("abcd"), ""), (.leave(1), ""),
                (.leave(2), "cancel pump"), (.leave(2), ""), (.stopPump, "pump"), (.join, "refused"),
                (.next(2), "2: end"), (.chunk("e"), ""), (.stopPump, "pump"), (.fail, ""),
                (.join, "refused"),
            ]
        ),
        Case(
            testDescription: "When the last reader leaves, a body that should be stored continues without waiting",
            finishes: true,
            steps: [
                (.join, "reader 1"), (.start, ""), (.chunk("abcd"), ""), (.leave(1), "finish pump, pump"),
                (.chunk("efgh"), "pump"), (.join, "reader 2"), (.next(2), "2: abcd"), (.leave(2), ""),
                (.chunk("ijkl"), "pump"), (.end, ""),
            ]
        ),
        Case(
            testDescription: "Readers that leave before the pump has started cancel it when it starts",
            steps: [(.join, "reader 1"), (.leave(1), ""), (.start, "cancel pump")]
        ),
        Case(
            testDescription: "Readers that leave before the pump has started hand it over when it starts",
            finishes: true,
            steps: [(.join, "reader 1"), (.leave(1), ""), (.start, "finish pump")]
        ),
        Case(
            testDescription: "A pump may end before it is known to have started",
            steps: [(.join, "reader 1"), (.chunk("a"), "pump"), (.end, ""), (.start, ""), (.leave(1), "")]
        ),
        Case(
            testDescription: "A cancelled pump stops waiting",
            steps: [
                (.join, "reader 1"), (.start, ""), (.chunk("abcd"), ""), (.stopPump, "pump"), (.stopPump, ""),
                (.fail, ""), (.next(1), "1: abcd"), (.next(1), "1: Failure"),
            ]
        ),
    ]

    @Test("Each event has its actions", arguments: cases)
    func actions(_ test: Case) {
        var model = SharedBodyModel(finishes: test.finishes)
        for (number, (event, expected)) in test.steps.enumerated() {
            #expect(model.perform(event) == expected, "step \(number): \(event)")
        }
    }

    @Test(
        "Random events give every reader all bytes in order, with bounded memory",
        arguments: 0..<60 as Range<UInt64>
    )
    func randomWalk(seed: UInt64) throws {
        var walk = SharedBodyWalk(seed: seed)
        for _ in 0..<200 { try walk.step() }
        try walk.finish()
    }
}

/// A random walk over the events of a shared body.
///
/// It checks each step against the bytes that readers, pump and entry have received.
private struct SharedBodyWalk {
    private typealias Machine = SharedBodyState<Int, Int>

    private struct Reader {
        var received = Data()
        /// The waiter of a call that has not returned.
        ///
        /// Each call has a new one, so resuming a waiter twice is detected.
        var waiter: Int?
        var readingBack: Range<Int>?
        var hasEnded = false
    }

    private static let window = 16
    private static let largestChunk = 7

    private var random: SeededGenerator
    private let finishes: Bool
    private var machine: Machine
    private var content = Data()
    private var readers: [Int: Reader] = [:]
    private var lastWaiter = 0
    private var waitingPump: Int?
    /// Whether all bytes stay in memory, whether an entry gets all of them, and how many it got when it stopped.
    private var (keepsAll, isInEntry, entryByteCount) = (true, false, 0)
    private var (isStarted, hasJoined, isAbandoned, hasEnded) = (false, false, false, false)
    private var memoryBound = window + 2 * largestChunk

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        finishes = Bool.random(using: &random)
        machine = Machine(window: Self.window, finishesWithoutReaders: finishes)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<5: join()
        case 5..<6: try leave()
        case 6..<7: changeBacking()
        case 7..<10: cancel()
        case 10..<12: try start()
        case 12..<45: try append()
        default: try next()
        }
        try check()
    }

    /// Ends the body and reads all readers to the end.
    mutating func finish() throws {
        if waitingPump != nil { try perform(machine.stopPump()) }
        let isFailure = Bool.random(using: &random)
        try perform(machine.end(isFailure ? .failure(SharedBodyModel.Failure()) : .success(())))
        hasEnded = true
        var count = 0
        while let id = readers.first(where: { !$0.value.hasEnded })?.key {
            try next(for: id)
            count += 1
            try #require(count < 10_000, "a reader never comes to the end")
        }
        for reader in readers.values { #expect(reader.received == content) }
    }

    private mutating func start() throws {
        guard !isStarted else { return }
        isStarted = true
        try perform(machine.start())
    }

    private mutating func join() {
        let isPossible =
            (machine.bufferedByteCount == content.count || keepsAll || isInEntry) && (!isAbandoned || finishes)
        let id = machine.join()
        #expect((id != nil) == isPossible)
        guard let id else { return }
        hasJoined = true
        readers[id] = Reader()
    }

    private mutating func leave() throws {
        // A reader can't leave in the middle of a call.
        guard let id = randomReader(where: { $0.waiter == nil && $0.readingBack == nil }) else { return }
        readers[id] = nil
        try perform(machine.leave(id))
    }

    private mutating func changeBacking() {
        if keepsAll {
            keepsAll = false
            isInEntry = Bool.random(using: &random)
            machine.keepUnread(isInEntry: isInEntry)
        } else if isInEntry {
            isInEntry = false
            entryByteCount = content.count
            machine.stopReadingBack(from: entryByteCount)
        }
        // One chunk may be in transit, read at the pace before the change.
        memoryBound = max(memoryBound, machine.bufferedByteCount + Self.largestChunk)
    }

    private mutating func append() throws {
        guard isStarted, waitingPump == nil, !(isAbandoned && !finishes) else { return }
        let count = Int.random(in: 0...Self.largestChunk, using: &random)
        let chunk = Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        content += chunk
        let pump = newWaiter()
        waitingPump = pump
        try perform(machine.append(chunk, by: pump))
    }

    private mutating func next() throws {
        guard let id = randomReader(where: { $0.waiter == nil }) else { return }
        try next(for: id)
    }

    /// Makes a reader request its next piece, or receive the bytes that it reads back.
    private mutating func next(for id: Int) throws {
        if let range = readers[id]?.readingBack {
            let isInEntry = keepsAll || self.isInEntry || range.upperBound <= entryByteCount
            try #require(isInEntry, "bytes are read back that are not in the entry")
            let count = Int.random(in: 0...range.count, using: &random)
            readers[id]?.readingBack = nil
            readers[id]?.received += content[range.prefix(count)]
            try perform(machine.didReadBack(count, for: id))
        } else {
            let waiter = newWaiter()
            readers[id]?.waiter = waiter
            try perform(machine.next(for: id, waiter))
        }
    }

    private mutating func cancel() {
        guard let id = randomReader(where: { $0.waiter != nil }) else { return }
        let actions = machine.stopWaiting(id)
        guard case .deliver(.failure(let error), let waiter)? = actions.first, actions.count == 1 else {
            Issue.record("a cancelled reader goes on waiting")
            return
        }
        #expect(error is CancellationError && waiter == readers[id]?.waiter)
        readers[id]?.waiter = nil
    }

    private mutating func perform(_ actions: [Machine.Action]) throws {
        var isPumpAbandoned = false
        for action in actions {
            switch action {
            case .deliver(let piece, let waiter):
                let id = try #require(readers.first { $0.value.waiter == waiter }?.key, "nobody waits")
                readers[id]?.waiter = nil
                take(piece, id)
            case .resume(let pump):
                #expect(pump == waitingPump)
                waitingPump = nil
            case .cancelPump:
                #expect(!finishes)
                isPumpAbandoned = true
            case .finishPump:
                #expect(finishes)
                isPumpAbandoned = true
            }
        }
        let isAbandonable = isStarted && hasJoined && readers.isEmpty && !hasEnded && !isAbandoned
        #expect(isPumpAbandoned == isAbandonable)
        isAbandoned = isAbandoned || isPumpAbandoned
    }

    private mutating func take(_ piece: SharedBodyPiece, _ id: Int) {
        switch piece {
        case .chunk(let chunk): readers[id]?.received += chunk
        case .readBack(let offset, let count):
            #expect(offset == readers[id]?.received.count && count > 0)
            readers[id]?.readingBack = offset..<(offset + count)
        case .end: readers[id]?.hasEnded = true
        case .failure(let error):
            #expect(error is SharedBodyModel.Failure)
            readers[id]?.hasEnded = true
        }
    }

    private mutating func check() throws {
        for reader in readers.values {
            #expect(reader.received == content.prefix(reader.received.count))
            #expect(!reader.hasEnded)
            // A reader waits only if it has everything.
            if reader.waiter != nil { #expect(reader.received.count == content.count) }
        }
        let isHandedOver = isAbandoned && finishes
        if waitingPump != nil {
            let offsets = readers.values.map(\.received.count)
            let pace = try #require(keepsAll || isInEntry ? offsets.max() : offsets.min(), "the pump waits for nobody")
            #expect(content.count - pace >= Self.window && !isHandedOver)
        }
        if !keepsAll, !isHandedOver { #expect(machine.bufferedByteCount <= memoryBound) }
    }

    private mutating func newWaiter() -> Int {
        lastWaiter += 1
        return lastWaiter
    }

    private mutating func randomReader(where condition: (Reader) -> Bool) -> Int? {
        readers.filter { condition($0.value) }.keys.sorted().randomElement(using: &random)
    }
}
