internal import Foundation
internal import HTTPTypes
internal import Serializers

extension ResponseCache {
    /// Reads everything, and reports what is wrong: entries that are damaged, misplaced, duplicate or under a wrong key,
    /// and permissions that are too wide.
    ///
    /// It can run while others use the store, and more than once at a time. Being interrupted loses nothing. An entry that
    /// was set aside is a note, and so are temporary files of dead writers and files that don't belong to the cache.
    ///
    /// Whether a key belongs to its request depends on the settings with which the response was stored. A key is reported
    /// only if no request for the URL and the method can have it; others that can't be compared are counted in
    /// ``VerificationSummary/uncheckedKeys``.
    ///
    /// - Parameters:
    ///   - repairs: Whether to repair what is found, if possible. See ``VerificationFinding/Kind``. Default: `false`.
    ///   - progress: Called after each entry with the number of entries so far.
    ///   - found: Called with each finding.
    /// - Returns: The numbers.
    /// - Throws: When the store can't be read; ``FSCacheError/Code/invalidSetting`` when a read-only cache is to be
    ///   repaired; the error of `found`.
    @discardableResult
    public func verify(
        repairing repairs: Bool = false,
        progress: (Int) -> Void = { _ in },
        found: (VerificationFinding) throws -> Void
    ) async throws -> VerificationSummary {
        if repairs, settings.isReadOnly {
            throw FSCacheError(.invalidSetting, "A read-only cache can't be repaired.")
        }
        var summary = VerificationSummary()
        func report(_ finding: VerificationFinding) throws {
            summary.add(finding)
            try found(finding)
        }
        if let verifying = backend as? any VerifyingBackend {
            let findings = verifying.verifyStorage(repairing: repairs) { entry, key in
                guard (try? self.format(forFileExtension: entry.fileExtension)) != nil else { return nil }
                return (try? self.decode(entry, for: key)) != nil
            }
            for try await finding in findings { try report(finding) }
        }
        let keys = KeyVerifier(policy)
        for try await listing in backend.list(prefix: "") {
            let result = await Maintenance.run { await check(listing, keys) }
            if let problem = result.problem {
                try report(repairs ? await repaired(problem, listing) : problem)
            }
            guard !listing.isSetAside, !result.isGone else { continue }
            summary.entries += 1
            summary.bytes = summary.bytes.clampedSum(with: listing.byteCount)
            if result.isKeyUnchecked { summary.uncheckedKeys += 1 }
            progress(summary.entries)
        }
        return summary
    }

    private struct CheckResult {
        var problem: VerificationFinding?
        var isKeyUnchecked = false
        var isGone = false
    }

    private func check(_ listing: EntryListing, _ keys: KeyVerifier) async -> CheckResult {
        func finding(_ kind: VerificationFinding.Kind, _ message: String) -> VerificationFinding {
            VerificationFinding(kind, key: listing.key, path: relativePath(of: listing), message: message)
        }
        if listing.isSetAside {
            return CheckResult(
                problem: finding(.setAside, "It could not be decoded, or another entry of its key was kept.")
            )
        }
        guard (try? format(forFileExtension: listing.fileExtension)) != nil else {
            let message = "This cache doesn't read entries in the format \(listing.fileExtension)."
            return CheckResult(problem: finding(.unknownFormat, message), isKeyUnchecked: true)
        }
        let response: StoredResponse
        do {
            guard let reader = try await open(listing.key) else { return CheckResult(isGone: true) }
            response = try await readWhole(reader, for: listing.key)
        } catch let error as StoreReadError {
            return CheckResult(problem: finding(.unreadable, FSCacheError.describe(error.underlying)))
        } catch {
            return CheckResult(problem: finding(.damaged, FSCacheError.describe(error)))
        }
        switch keys.verify(listing.key, of: response) {
        case .matches: return CheckResult()
        case .notComparable: return CheckResult(isKeyUnchecked: true)
        case .differs:
            let target = "\(response.request.method) \(response.request.url)"
            return CheckResult(problem: finding(.wrongKey, "No request \(target) has this key."))
        }
    }

    /// The failure of the store, in contrast to that of decoding.
    private struct StoreReadError: Error {
        var underlying: any Error
    }

    /// Reads an entry, and marks the failures of the store.
    private struct MarkingReader: EntryReader {
        let base: any EntryReader

        var fileExtension: String { base.fileExtension }
        var byteCount: Int { base.byteCount }

        func read(from offset: Int, upTo count: Int) async throws -> Data {
            do {
                return try await base.read(from: offset, upTo: count)
            } catch {
                throw StoreReadError(underlying: error)
            }
        }
    }

    private func open(_ key: CacheKey) async throws -> MarkingReader? {
        do {
            return try await capabilities.open(key).map(MarkingReader.init)
        } catch {
            throw StoreReadError(underlying: error)
        }
    }

    /// Reads an entry with all of its body, in bounded memory if its format allows that.
    private func readWhole(_ reader: MarkingReader, for key: CacheKey) async throws -> StoredResponse {
        let format = try format(forFileExtension: reader.fileExtension)
        if format.streamsBodies, reader.byteCount > NativeEntryReader.pieceByteCount {
            let entry = try await NativeEntryReader(reader, for: key)
            do {
                for try await _ in MessageBody(NativeEntryContent(entry) {}) {}
            } catch is FSCacheError {
                throw EntryError.damaged("the body doesn't have its checksum")
            }
            return entry.response
        }
        guard reader.byteCount <= EncodedEntry.wholeByteLimit else {
            throw StoreReadError(underlying: SystemError.tooLarge)
        }
        return try format.decode(await reader.read(from: 0, upTo: reader.byteCount), for: key)
    }

    /// Sets a damaged entry aside, if it still is damaged.
    private func repaired(_ problem: VerificationFinding, _ listing: EntryListing) async -> VerificationFinding {
        guard problem.kind == .damaged, let quarantining = capabilities.quarantining else { return problem }
        var problem = problem
        do {
            // Somebody may have replaced it in the meantime.
            try await Maintenance.run {
                guard let reader = try await open(listing.key) else { return }
                do {
                    _ = try await readWhole(reader, for: listing.key)
                } catch let error as StoreReadError {
                    throw error.underlying
                } catch {
                    try await quarantining.setAside(reader.base, for: listing.key)
                }
            }
            problem.isRepaired = true
        } catch {
            problem.message += " It could not be set aside: \(FSCacheError.describe(error))"
        }
        return problem
    }

    private func relativePath(of listing: EntryListing) -> String? {
        guard let path = listing.path else { return nil }
        return path.split(separator: "/").suffix(3).joined(separator: "/")
    }
}
