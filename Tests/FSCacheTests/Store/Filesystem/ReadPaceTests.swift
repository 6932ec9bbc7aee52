import Foundation
import Testing

@testable import FSCache

@Suite("Pace of reads")
struct ReadPaceTests {
    private let pace = ReadPace()
    private let millisecond: UInt64 = 1_000_000

    @Test("Fast reads stay on the calling thread, however many there are")
    func fastReadsStay() {
        for round in UInt64(1)...1000 {
            let now = round * 10 * millisecond
            #expect(pace.begin(at: now) && pace.begin(at: now + millisecond))
            pace.end(now, at: now + 9 * millisecond)
            pace.end(now + millisecond, at: now + 10 * millisecond)
        }
    }

    @Test("After a slow read, reads move off for a while")
    func slowReadMovesOthers() {
        let begun = millisecond
        #expect(pace.begin(at: begun))
        let ended = begun + ReadPace.limit
        pace.end(begun, at: ended)
        #expect(!pace.begin(at: ended) && !pace.begin(at: ended + ReadPace.pause - 1))
        #expect(pace.begin(at: ended + ReadPace.pause))
    }

    @Test("A read that has not ended yet is noticed, too")
    func stallIsNoticed() {
        #expect(pace.begin(at: millisecond))
        #expect(pace.begin(at: 40 * millisecond))
        #expect(!pace.begin(at: 60 * millisecond), "nothing has ended for 59 ms")
        pace.end(millisecond, at: 70 * millisecond)
        #expect(!pace.begin(at: 80 * millisecond))
    }

    @Test("While reads end, one that takes long does not move the others")
    func longReadAmongFastOnes() {
        #expect(pace.begin(at: millisecond))
        for now in [10, 20, 30, 40].map({ $0 * millisecond }) {
            #expect(pace.begin(at: now))
            pace.end(now, at: now + millisecond)
        }
        #expect(pace.begin(at: 60 * millisecond))
    }
}
