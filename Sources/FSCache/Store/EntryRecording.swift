internal import Foundation
internal import Logging
internal import Serializers

/// Stores a response while its content arrives.
///
/// In the native format, it is written in pieces. Other formats need the complete content, which is gathered in memory
/// up to a limit; larger content is stored in the native format, or not at all.
struct EntryRecording {
    private enum Form {
        case gathering(Data)
        case native(NativeEntryWriter)
        case none
    }

    private let entry: NewEntry
    private let cache: ResponseCache
    private let settings: CacheSettings
    private let incoming: SharedBody?
    private var form = Form.gathering(Data())
    private var receivedCount = 0

    /// Writes an entry whose content is in memory.
    ///
    /// - Returns: Whether it is stored.
    static func write(_ entry: NewEntry, in cache: ResponseCache, _ settings: CacheSettings) async -> Bool {
        guard entry.before.byteCount != 0 || entry.after.byteCount != 0 else {
            guard !isInvalidated(entry, in: cache) else { return false }
            return await cache.write(entry.response, for: entry.key)
        }
        var recording = await EntryRecording(entry, in: cache, settings)
        await recording.append(entry.response.body)
        return await recording.commit()
    }

    /// Starts storing a response.
    ///
    /// - Parameters:
    ///   - entry: The response to store. ``append(_:)`` receives its content.
    ///   - cache: Where it is stored.
    ///   - settings: What to do with large bodies.
    ///   - incoming: The shared content, if it is a stream.
    init(_ entry: NewEntry, in cache: ResponseCache, _ settings: CacheSettings, incoming: SharedBody? = nil) async {
        self.entry = entry
        self.cache = cache
        self.settings = settings
        self.incoming = incoming
        if cache.format.streamsBodies { await goNative() }
        await add(entry.before)
    }

    /// Whether the response has been invalidated since its request was sent, so that it must not be stored.
    private static func isInvalidated(_ entry: NewEntry, in cache: ResponseCache) -> Bool {
        guard let mark = entry.mark, cache.invalidations.concern(entry.key, since: mark) else { return false }
        cache.log(entry.key, "not stored: it has been invalidated since its request was sent")
        return true
    }

    /// Takes a piece of the content.
    mutating func append(_ chunk: Data) async {
        receivedCount += chunk.count
        await add(chunk)
    }

    /// Appends stored content; if it is damaged, nothing is stored.
    private mutating func add(_ stored: MessageBody) async {
        do {
            for try await chunk in stored { await add(chunk) }
        } catch {
            let reason = FSCacheError.describe(error)
            cache.log(entry.key, "not stored: the stored part to join can't be read: \(reason)")
            abandon()
        }
    }

    private mutating func add(_ chunk: Data) async {
        switch form {
        case .gathering(var gathered):
            form = .none
            gathered.append(chunk)
            form = .gathering(gathered)
            guard gathered.count > settings.gatheredByteLimit else { return }
            if settings.storesLargeBodiesNatively, cache.format.allowsNativeBodies {
                await goNative()
            } else {
                cache.log(entry.key, "not stored: it is larger than gatheredByteLimit, and not in the native format")
                abandon()
            }
        case .native(let writer):
            do {
                try await writer.append(chunk)
            } catch {
                await cache.noteFailedWrite(entry.key, error)
                abandon()
            }
        case .none: break
        }
    }

    /// How many stored bytes come before the content.
    private var offset: Int { entry.before.byteCount ?? 0 }

    /// Stores nothing, and tells the readers where the bytes in the entry end.
    private mutating func abandon() {
        switch form {
        case .gathering: incoming?.keepUnread()
        case .native(let writer):
            incoming?.stopReadingBack(from: max(0, writer.byteCount - offset))
        case .none: break
        }
        form = .none
    }

    /// Switches to the native format, with the content gathered so far.
    private mutating func goNative() async {
        guard case .gathering(let gathered) = form else { return }
        do {
            let writer = try await cache.makeNativeWriter(for: entry.response, entry.key)
            if !gathered.isEmpty { try await writer.append(gathered) }
            form = .native(writer)
            incoming?.keepUnread { [offset] in try await writer.read(from: offset + $0, upTo: $1) }
        } catch {
            await cache.noteFailedWrite(entry.key, error)
            abandon()
        }
    }

    /// Stores the entry after all content has arrived.
    ///
    /// - Returns: Whether it is stored.
    mutating func commit() async -> Bool {
        if let expected = entry.expectedByteCount, receivedCount != expected {
            cache.log(entry.key, "not stored: it has \(receivedCount) bytes instead of \(expected)")
            return false
        }
        await add(entry.after)
        guard !Self.isInvalidated(entry, in: cache) else { return false }
        switch form {
        case .gathering(let gathered):
            var whole = entry.response
            whole.body = gathered
            return await cache.write(whole, for: entry.key)
        case .native(let writer):
            return await cache.writeOrLog(entry.key) { try await writer.commit() }
        case .none:
            return false
        }
    }
}
