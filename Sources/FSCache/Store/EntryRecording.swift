internal import Foundation
internal import Logging
internal import Serializers

/// Stores a response while its content is read.
///
/// In the native format it goes to the store piece by piece. Other formats need the whole, which is gathered in memory
/// up to a limit; what is larger goes on in the native format, or is not stored.
struct EntryRecording {
    private enum Form {
        case gathering(Data)
        case native(NativeEntryWriter)
        case none
    }

    private let response: StoredResponse
    private let key: CacheKey
    private let cache: ResponseCache
    private let settings: CacheSettings
    private let part: JoinedPart?
    private let incoming: IncomingBody?
    private var form = Form.gathering(Data())
    private var receivedCount = 0

    /// Begins to store a response.
    ///
    /// - Parameters:
    ///   - response: The response as it is stored, without its content.
    ///   - key: The key of its entry.
    ///   - cache: Where it is stored.
    ///   - settings: What to do with large bodies.
    ///   - part: What is stored around the content, and how long that must be.
    ///   - incoming: The content for its readers, where it comes as a stream.
    init(
        _ response: StoredResponse,
        for key: CacheKey,
        in cache: ResponseCache,
        _ settings: CacheSettings,
        around part: JoinedPart? = nil,
        incoming: IncomingBody? = nil
    ) async {
        self.response = response
        self.key = key
        self.cache = cache
        self.settings = settings
        self.part = part
        self.incoming = incoming
        if cache.format.streamsBodies { await goNative() }
        if let part { await add(part.before) }
    }

    /// Takes a piece of the content.
    mutating func append(_ chunk: Data) async {
        receivedCount += chunk.count
        await add(chunk)
    }

    /// Takes what is stored already; where that turns out to be damaged, nothing is stored.
    private mutating func add(_ stored: MessageBody) async {
        do {
            for try await chunk in stored { await add(chunk) }
        } catch {
            cache.log(key, "not stored: what is stored already can't be read: \(error)")
            switch form {
            case .gathering: incoming?.keepLess()
            case .native(let writer): incoming?.keepFrom(entryByteCount: receivedCount(in: writer))
            case .none: break
            }
            form = .none
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
                cache.log(key, "not stored: it is larger than what is gathered for \(cache.serializer.name)")
                form = .none
                incoming?.keepLess()
            }
        case .native(let writer):
            do {
                try await writer.append(chunk)
            } catch {
                cache.countFailedWrite(key, error)
                form = .none
                incoming?.keepFrom(entryByteCount: receivedCount(in: writer))
            }
        case .none: break
        }
    }

    /// How many bytes come before the content.
    private var offset: Int { part?.before.byteCount ?? 0 }

    /// How many bytes of the content an entry has.
    private func receivedCount(in entry: NativeEntryWriter) -> Int { max(0, entry.byteCount - offset) }

    /// Goes over to the native format, with what was gathered.
    private mutating func goNative() async {
        guard case .gathering(let gathered) = form else { return }
        do {
            let writer = try await cache.makeNativeWriter(for: response, key)
            if !gathered.isEmpty { try await writer.append(gathered) }
            form = .native(writer)
            incoming?.keepLess(entry: writer, from: offset)
        } catch {
            cache.countFailedWrite(key, error)
            form = .none
            incoming?.keepLess()
        }
    }

    /// Makes an entry of it, now that all of the content has come.
    ///
    /// - Returns: Whether it is stored.
    mutating func commit() async -> Bool {
        if let part {
            guard receivedCount == part.byteCount else {
                cache.log(key, "not stored: it has \(receivedCount) bytes, and says that it has \(part.byteCount)")
                return false
            }
            await add(part.after)
        }
        switch form {
        case .gathering(let gathered):
            var whole = response
            whole.body = gathered
            return await cache.write(whole, for: key)
        case .native(let writer):
            return await cache.writeOrLog(key) { try await writer.commit() }
        case .none:
            return false
        }
    }
}
