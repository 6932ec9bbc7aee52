internal import Foundation

extension LayeredBackend {
    /// Writes an entry to every layer that can be written, the shared one first.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: The error of the shared layer, if no layer could store the entry.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        try await changeAny("write") { place in
            let form = form(of: entry, for: key, in: place)
            guard place.index == sharedIndex || form.bytes.count <= place.layer.maxEntryBytes else {
                try await place.backend.remove(key)
                return
            }
            try await place.backend.write(form, for: key)
        }
        setChecked(key)
    }

    /// Removes an entry from every layer that can be written.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether one of them had it.
    /// - Throws: The error of a layer that may still have it.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        setUnchecked(key)
        var isRemoved = false
        try await changeAll("remove an entry") { place in
            if try await place.backend.remove(key) { isRemoved = true }
        }
        return isRemoved
    }

    /// Lists the entries of all layers, each key once.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries, layer by layer. The sequence throws the error of a layer.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        struct Place: Hashable {
            var key: CacheKey
            var isSetAside: Bool
        }
        return AsyncThrowingStream { continuation in
            let task = Task { [layers] in
                do {
                    var seen: Set<Place> = []
                    for layer in layers {
                        for try await listing in layer.backend.list(prefix: prefix)
                        where seen.insert(Place(key: listing.key, isSetAside: listing.isSetAside)).inserted {
                            continuation.yield(listing)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Copies entries from one layer to another.
    ///
    /// - Parameters:
    ///   - keys: The keys of the entries, such as those that a run has used.
    ///   - source: The index of the layer to read.
    ///   - target: The index of the layer to write.
    /// - Returns: The number of copied entries.
    /// - Throws: ``FSCacheError/Code/invalidSetting`` if there is no such layer, or the target is read-only; the errors
    ///   of the layers.
    @discardableResult
    public func promote(_ keys: some Sequence<CacheKey>, from source: Int, to target: Int) async throws -> Int {
        guard places.indices.contains(source), places.indices.contains(target) else {
            throw FSCacheError(
                .invalidSetting,
                "There are layers 0 to \(places.count - 1), not \(source) and \(target)."
            )
        }
        guard !places[target].layer.isReadOnly else {
            throw FSCacheError(.invalidSetting, "Layer \(target) is read-only.")
        }
        var count = 0
        for key in keys {
            guard let stored = try await places[source].backend.read(key) else { continue }
            let entry = form(of: withExpiry(stored, for: key), for: key, in: places[target])
            try await places[target].backend.write(entry, for: key)
            count += 1
        }
        return count
    }

    /// Changes every layer that can be written, and continues after a failure.
    ///
    /// - Throws: The first error.
    private func changeAll(_ verb: String, _ change: (Place) async throws -> Void) async throws {
        let failures = try await failures(verb, change)
        if let first = failures.first { throw first }
    }

    /// Changes every layer that can be written, and continues after a failure.
    ///
    /// - Throws: The first error, if no layer could be changed.
    private func changeAny(_ verb: String, _ change: (Place) async throws -> Void) async throws {
        let failures = try await failures(verb, change)
        if let first = failures.first, failures.count == writable.count { throw first }
    }

    private func failures(_ verb: String, _ change: (Place) async throws -> Void) async throws -> [any Error] {
        let writable = writable
        guard !writable.isEmpty else { throw FSCacheError(.storeFailed, "Can't \(verb): all layers are read-only.") }
        var failures: [any Error] = []
        for place in writable {
            do {
                try await change(place)
            } catch {
                note(error, of: place, verb)
                failures.append(error)
            }
        }
        return failures
    }
}

extension LayeredBackend: QuarantiningBackend {
    /// Moves an undecodable entry aside in every layer that has it.
    ///
    /// Layers that can't keep it remove it, if one can.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded.
    ///   - key: The entry's key.
    /// - Throws: The error of a layer.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        setUnchecked(key)
        guard writable.contains(where: { $0.capabilities.quarantining != nil }) else { return }
        try await changeAll("set an entry aside") { place in
            guard let own = try await own(entry, of: key, in: place) else { return }
            if let quarantining = place.capabilities.quarantining {
                try await quarantining.setAside(own, for: key)
            } else {
                _ = try await place.capabilities.replace(own, with: nil, for: key)
            }
        }
    }

    /// An entry as a layer returns it; `nil` if the layer has none that resembles it.
    private func own(_ entry: any EntryReader, of key: CacheKey, in place: Place) async throws -> (any EntryReader)? {
        if entry is EncodedEntry { return entry }
        guard let own = try await place.capabilities.open(key), try await own.resembles(entry) else { return nil }
        return own
    }
}

extension LayeredBackend: ComparingBackend {
    /// Replaces or removes an entry in the shared layer, unless it has changed there, and then in those in front.
    ///
    /// - Parameters:
    ///   - old: The entry as it was read or opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one.
    ///   - key: The entry's key.
    /// - Returns: Whether the shared layer still had the old entry.
    /// - Throws: The error of the shared layer.
    public func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        guard let shared = writable.first else {
            throw FSCacheError(.storeFailed, "Can't replace an entry: all layers are read-only.")
        }
        var own: (any EntryReader)?
        if let old {
            own = try await self.own(old, of: key, in: shared)
            if let entry = own as? EncodedEntry { own = form(of: entry, for: key, in: shared) }
            guard own != nil else { return false }
        }
        let isReplaced = try await shared.capabilities.replace(
            own,
            with: new.map { form(of: $0, for: key, in: shared) },
            for: key
        )
        setUnchecked(key)
        if isReplaced { await forget(key) }
        return isReplaced
    }
}

extension LayeredBackend: ClearableBackend {
    /// Removes every entry from every layer that can be written.
    ///
    /// - Throws: The error of a layer.
    public func removeAll() async throws {
        setAllUnchecked()
        try await changeAll("remove entries") { try await $0.capabilities.removeAll() }
    }
}

extension LayeredBackend: LeasingBackend {
    /// Whether one of the layers gives leases.
    public var givesLeases: Bool { writable.contains { $0.capabilities.leasing != nil } }

    /// Takes the lease of a key from the last layer that gives leases.
    ///
    /// - Parameters:
    ///   - key: The key of the missing or stale entry.
    ///   - duration: How long the lease lasts at most, and how long to wait for another one.
    /// - Returns: The lease; `nil` if another process has it, or no layer gives leases.
    /// - Throws: The error of the layer.
    public func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease? {
        guard let leasing = writable.lazy.compactMap(\.capabilities.leasing).first else { return nil }
        // The process that has it may be about to replace the entry.
        setUnchecked(key)
        return try await leasing.lease(key, for: duration)
    }
}
