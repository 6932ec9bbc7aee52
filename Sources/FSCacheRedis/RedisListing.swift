#if Redis
internal import FSCache
internal import Foundation

/// Lists entries page by page, as they are asked for.
actor RedisListing {
    private let backend: RedisBackend
    private let prefix: String
    private var page: ArraySlice<EntryListing> = []
    /// What is left to be read; `nil` before the first page.
    private var sources: [Source]?

    private enum Source {
        case index(RedisKeys, cursor: String)
        case scan(RedisServer, RedisScan)
    }

    init(_ prefix: String, in backend: RedisBackend) {
        self.prefix = prefix
        self.backend = backend
    }

    /// The next entry; `nil` at the end.
    func next() async throws -> EntryListing? {
        try backend.servers.checkOpen()
        while page.isEmpty {
            var rest = if let sources { sources } else { try await firstSources() }
            guard !rest.isEmpty else { return nil }
            let source = rest.removeFirst()
            switch source {
            case .index(let keys, let cursor):
                if let cursor = try await readIndex(keys, cursor) { rest = [.index(keys, cursor: cursor)] }
            case .scan(let server, var scan):
                if let names = try await scan.next(backend.servers) {
                    try await readScanned(names, on: server)
                    rest.insert(.scan(server, scan), at: 0)
                }
            }
            sources = rest
        }
        return page.popFirst()
    }

    private func firstSources() async throws -> [Source] {
        guard prefix.utf8.count <= 64, prefix.allSatisfy({ "0123456789abcdef".contains($0) }) else { return [] }
        // The missing digits don't matter for the index.
        if prefix.count >= RedisKeys.tagCount,
            let key = CacheKey(prefix + String(repeating: "0", count: 64 - prefix.count))
        {
            return [.index(backend.keys(key), cursor: "0")]
        }
        let pattern = RedisKeys.pattern(prefix, in: backend.settings.namespace)
        return try await backend.servers.all().map { .scan($0, RedisScan($0, pattern: pattern)) }
    }

    /// Reads a page of the index of a URL.
    ///
    /// - Returns: The next cursor; `nil` at the end.
    private func readIndex(_ index: RedisKeys, _ cursor: String) async throws -> String? {
        let scan = RedisCommands("SSCAN", .text(index.index), .text(cursor), "COUNT", "1000")
        guard let (cursor, names) = try await backend.ask(scan, index).first?.page else { return nil }
        let keys = names.filter { $0.hasPrefix(prefix) }.sorted().compactMap { CacheKey($0) }
        guard !keys.isEmpty else { return cursor }
        var commands = RedisCommands()
        for key in keys.map(backend.keys) {
            commands.append(listing: key.entry)
            commands.append(listing: key.aside)
        }
        let replies = try await backend.servers.send(commands, toTag: index.tag)
        var gone: [String] = []
        for (number, key) in keys.enumerated() where number * 2 + 1 < replies.count {
            let found = [false, true].compactMap { isSetAside in
                EntryListing(replies[number * 2 + (isSetAside ? 1 : 0)], key, isSetAside: isSetAside)
            }
            page += found
            if found.isEmpty { gone.append(key.description) }
        }
        try await prune(gone, of: index)
        return cursor
    }

    /// Removes keys from an index whose entries have expired or were evicted.
    private func prune(_ gone: [String], of index: RedisKeys) async throws {
        guard !gone.isEmpty else { return }
        var commands = RedisCommands()
        commands.append(
            RedisScript.prune.command(
                keys: [index.index],
                .text(index.prefix(.entry)),
                .text(index.prefix(.aside))
            ) + gone.map { .text($0) }
        )
        _ = try await backend.ask(commands, index)
    }

    /// Reads the entries among keys that a server has listed.
    private func readScanned(_ names: [String], on server: RedisServer) async throws {
        var commands = RedisCommands()
        var found: [(key: CacheKey, isSetAside: Bool)] = []
        for name in names {
            guard let parts = RedisKeys.parts(of: name, in: backend.settings.namespace),
                parts.kind == .entry || parts.kind == .aside, let key = CacheKey(parts.name)
            else { continue }
            commands.append(listing: name)
            found.append((key, parts.kind == .aside))
        }
        guard !found.isEmpty else { return }
        let replies = try await backend.servers.send(commands, to: server)
        page += zip(found, replies).compactMap { EntryListing($1, $0.key, isSetAside: $0.isSetAside) }
    }
}

extension RedisCommands {
    fileprivate mutating func append(listing name: String) {
        append("HMGET", .text(name), "extension", "size", "modified")
    }
}

extension EntryListing {
    /// Reads the attributes of an entry; `nil` if it is gone, or is a value of another program.
    fileprivate init?(_ reply: RedisReply, _ key: CacheKey, isSetAside: Bool) {
        guard let fields = reply.elements, fields.count == 3, let fileExtension = fields[0].text,
            let byteCount = fields[1].number, let milliseconds = fields[2].number
        else { return nil }
        self.init(
            key: key,
            fileExtension: fileExtension,
            byteCount: byteCount,
            modifiedAt: Date(timeIntervalSince1970: Double(milliseconds) / 1000),
            isSetAside: isSetAside
        )
    }
}
#endif
