internal import Foundation
internal import Synchronization

extension LayeredBackend: ImmediateBackend {
    /// Reads an entry from the first layer that has it, and copies it to the layers before.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if no layer has one.
    /// - Throws: The error of a layer, if no other one has the entry.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        try await find(key) { place in try await place.backend.read(key) }
    }

    /// Reads an entry from the first layer, if that needn't ask the shared one.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or that reading takes longer.
    /// - Throws: The error of the first layer, if it is the only one.
    public func readNow(_ key: CacheKey) throws -> ImmediateRead {
        guard !isClosed.load(ordering: .relaxed) else { throw Self.closedError }
        guard let first = places.first, let immediate = first.capabilities.immediate, mayAnswer(first, key) else {
            return .later
        }
        switch Result(catching: { try immediate.readNow(key) }) {
        case .success(.entry(let entry, let identity)):
            record(first) { $0.hits += 1 }
            return .entry(entry, identity)
        case .success(.missing) where places.count == 1:
            record(first) { $0.misses += 1 }
            return .missing
        case .failure(let error) where places.count == 1: throw error
        default: return .later
        }
    }

    /// Identifies the entry in the first layer, if that needn't ask the shared one.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity, or `nil`.
    public func identity(of key: CacheKey) -> EntryIdentity? {
        guard let first = places.first, mayAnswer(first, key) else { return nil }
        return first.capabilities.immediate?.identity(of: key)
    }

    private func mayAnswer(_ place: Place, _ key: CacheKey) -> Bool { !isInFront(place) || isChecked(key) }
}

extension LayeredBackend {
    /// Finds an entry in the first layer that has it.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - read: Reads the entry of a layer: as bytes, or to be read in pieces.
    /// - Returns: The entry.
    /// - Throws: The error of a layer, if no other one has the entry.
    func find<Entry: EntryReader>(
        _ key: CacheKey,
        _ read: (Place) async throws -> Entry?
    ) async throws -> Entry? {
        var failure: (any Error)?
        var unchecked: (place: Place, entry: Entry)?
        for place in places {
            do {
                guard let entry = try await read(place) else {
                    record(place) { $0.misses += 1 }
                    if unchecked != nil, place.index == sharedIndex {
                        // It has been removed there.
                        unchecked = nil
                        await forget(key)
                    }
                    continue
                }
                guard mayAnswer(place, key) else {
                    unchecked = unchecked ?? (place, entry)
                    continue
                }
                record(place) { $0.hits += 1 }
                try await copy(entry, from: place, for: key)
                return entry
            } catch {
                note(error, of: place, "read")
                failure = error
                if let unchecked, place.index == sharedIndex {
                    // Nobody can tell whether it is still valid there.
                    record(unchecked.place) { $0.hits += 1 }
                    return unchecked.entry
                }
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// Copies an entry to the layers in front that don't have it.
    private func copy(_ reader: some EntryReader, from place: Place, for key: CacheKey) async throws {
        let targets = places.prefix(place.index).filter { !$0.layer.isReadOnly }
        defer { if place.index == sharedIndex { setChecked(key) } }
        guard !targets.isEmpty else { return }
        guard let limit = targets.map(\.layer.maxEntryBytes).max(), reader.byteCount <= limit else {
            return await forget(key)
        }
        let bytes = try await reader.read(from: 0, upTo: reader.byteCount)
        let entry = withExpiry(EncodedEntry(bytes: bytes, fileExtension: reader.fileExtension), for: key)
        for target in targets {
            await keep(entry, for: key, in: target)
        }
    }

    /// Makes a layer in front have an entry, unless it has it already.
    private func keep(_ entry: EncodedEntry, for key: CacheKey, in place: Place) async {
        do {
            let form = form(of: entry, for: key, in: place)
            let existing = try await place.backend.read(key)
            guard existing != form else { return }
            if existing != nil { record(place) { $0.corrections += 1 } }
            guard form.bytes.count <= place.layer.maxEntryBytes else {
                try await place.backend.remove(key)
                return
            }
            try await place.backend.write(form, for: key)
            record(place) { $0.fills += 1 }
        } catch {
            note(error, of: place, "keep an entry")
        }
    }

    /// Removes an entry that the shared layer no longer has from the layers in front.
    func forget(_ key: CacheKey) async {
        for place in places where isInFront(place) {
            do {
                // One that was set aside stays.
                if let entry = try await place.backend.read(key),
                    try await place.capabilities.replace(entry, with: nil, for: key)
                {
                    record(place) { $0.corrections += 1 }
                }
            } catch {
                note(error, of: place, "remove an entry")
            }
        }
    }
}
