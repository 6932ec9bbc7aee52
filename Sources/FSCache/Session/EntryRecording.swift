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
    private let incoming: IncomingBody
    private var form = Form.gathering(Data())

    /// Begins to store a response.
    ///
    /// - Parameters:
    ///   - response: The response as it is stored, without its content.
    ///   - key: The key of its entry.
    ///   - cache: Where it is stored.
    ///   - settings: What to do with large bodies.
    ///   - incoming: The content.
    init(
        _ response: StoredResponse,
        for key: CacheKey,
        in cache: ResponseCache,
        _ settings: CacheSettings,
        incoming: IncomingBody
    ) async {
        self.response = response
        self.key = key
        self.cache = cache
        self.settings = settings
        self.incoming = incoming
        if cache.writesNatively { await goNative() }
    }

    /// Takes a piece of the content.
    mutating func append(_ chunk: Data) async {
        switch form {
        case .gathering(var gathered):
            form = .none
            gathered.append(chunk)
            form = .gathering(gathered)
            guard gathered.count > settings.gatheredByteLimit else { return }
            if settings.storesLargeBodiesNatively, cache.mayWriteNatively {
                await goNative()
            } else {
                cache.log(key, "not stored: it is larger than what is gathered for \(cache.serializer.name)")
                form = .none
                incoming.keepLess()
            }
        case .native(let writer):
            do {
                try await writer.append(chunk)
            } catch {
                cache.countFailedWrite(key, error)
                form = .none
                incoming.keepFrom(entryByteCount: writer.byteCount)
            }
        case .none: break
        }
    }

    /// Goes over to the native format, with what was gathered.
    private mutating func goNative() async {
        guard case .gathering(let gathered) = form else { return }
        do {
            let writer = try await NativeEntryWriter(response, for: key, in: cache.backend)
            if !gathered.isEmpty { try await writer.append(gathered) }
            form = .native(writer)
            incoming.keepLess(entry: writer)
        } catch {
            cache.countFailedWrite(key, error)
            form = .none
            incoming.keepLess()
        }
    }

    /// Makes an entry of it, now that all of the content has come.
    func commit() async {
        switch form {
        case .gathering(let gathered):
            var whole = response
            whole.body = gathered
            _ = await cache.write(whole, for: key)
        case .native(let writer):
            _ = await cache.writeOrLog(key) { try await writer.commit() }
        case .none: break
        }
    }
}
