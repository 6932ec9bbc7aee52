internal import Foundation

/// The content of a response that is not in memory: it lies in the store, or is on its way from the origin.
final class DetachedBody: Sendable {
    private enum Source {
        /// In the store; it can be read again and again.
        case entry(NativeEntryReader, Range<Int>)
        /// On its way, kept for all who want it.
        case incoming(IncomingBody, HTTPBody)
        /// On its way, for one reader.
        case transport(HTTPBody)
    }

    private let source: Source
    /// The number of bytes, where it is known.
    let byteCount: Int?
    /// Told when what lies in the store turns out to be damaged.
    private let onDamage: @Sendable () async -> Void

    /// Takes the body of a stored entry.
    init(_ entry: NativeEntryReader, onDamage: @escaping @Sendable () async -> Void) {
        self.source = .entry(entry, 0..<entry.byteCount)
        self.byteCount = entry.byteCount
        self.onDamage = onDamage
    }

    /// Takes a body that a transport reads.
    init(_ body: HTTPBody, byteCount: Int?) {
        self.source = .transport(body)
        self.byteCount = byteCount
        self.onDamage = {}
    }

    /// Joins a body that is coming in; `nil` when its beginning is gone.
    init?(joining incoming: IncomingBody) {
        guard let body = incoming.join() else { return nil }
        self.source = .incoming(incoming, body)
        self.byteCount = incoming.byteCount
        self.onDamage = {}
    }

    private init(part range: Range<Int>, of entry: NativeEntryReader, onDamage: @escaping @Sendable () async -> Void) {
        self.source = .entry(entry, range)
        self.byteCount = range.count
        self.onDamage = onDamage
    }

    /// The content, to be read once.
    var body: HTTPBody {
        switch source {
        case .entry(let entry, let range):
            HTTPBody(entry.pieces(of: range, onDamage: onDamage), byteCount: range.count)
        case .incoming(_, let body), .transport(let body): body
        }
    }

    /// The body that others may join, if it is coming in.
    var incoming: IncomingBody? {
        if case .incoming(let incoming, _) = source { incoming } else { nil }
    }

    /// Whether the content lies in the store.
    var isStored: Bool {
        if case .entry = source { true } else { false }
    }

    /// Some of the content, where it lies in the store.
    func part(_ range: Range<Int>) -> DetachedBody? {
        guard case .entry(let entry, _) = source else { return nil }
        return DetachedBody(part: range, of: entry, onDamage: onDamage)
    }
}

/// A body is itself and no other: what it holds is known only once it has been read.
extension DetachedBody: Hashable {
    static func == (left: DetachedBody, right: DetachedBody) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
