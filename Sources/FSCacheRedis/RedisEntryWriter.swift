#if Redis
internal import FSCache
internal import Foundation

/// Writes an entry: the first bytes stay here until the commit, and the others go to the server when there are enough.
actor RedisEntryWriter: EntryWriter {
    private let backend: RedisBackend
    private let body: RedisBody
    private let fileExtension: String
    private let expires: Date?
    private var first = Data()
    /// The number of complete parts in the server.
    private var partCount = 0
    /// The bytes after the complete parts.
    private var rest = Data()
    /// Whether the server has parts of the entry.
    private var hasParts = false
    private var isCommitted = false

    init(_ backend: RedisBackend, _ keys: RedisKeys, _ fileExtension: String, _ expires: Date?) {
        self.backend = backend
        self.body = RedisBody(id: .randomDigits, keys: keys, servers: backend.servers)
        self.fileExtension = fileExtension
        self.expires = expires
    }

    deinit {
        guard !isCommitted, hasParts else { return }
        // If this fails, the server removes them by itself.
        Task { [body] in try? await body.remove() }
    }

    private static let partByteCount = RedisBody.partByteCount

    /// The position of the first byte after the complete parts.
    private var restOffset: Int { first.count + partCount * Self.partByteCount }

    func append(_ bytes: Data) async throws {
        var bytes = bytes[...]
        func take(_ count: Int) -> Data {
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }
        first.append(take(Self.partByteCount - first.count))
        let limit = RedisBody.partsPerOperation * Self.partByteCount
        while !bytes.isEmpty {
            rest.append(take(limit - rest.count))
            if rest.count == limit { try await sendRest() }
        }
    }

    /// Sends the bytes after the complete parts.
    ///
    /// Those of an incomplete part stay here, too.
    private func sendRest() async throws {
        guard !rest.isEmpty else { return }
        let parts = stride(from: 0, to: rest.count, by: Self.partByteCount).map {
            Data(rest.dropFirst($0).prefix(Self.partByteCount))
        }
        hasParts = true
        try await body.write(parts, from: partCount + 1)
        partCount += rest.count / Self.partByteCount
        rest = Data(rest.suffix(rest.count % Self.partByteCount))
    }

    func overwrite(at offset: Int, with bytes: Data) async throws {
        var position = offset
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let isInRest = position >= restOffset
            let number = isInRest ? partCount + 1 : position / Self.partByteCount
            var part =
                switch number {
                case _ where isInRest: rest
                case 0: first
                default: try await body.parts(number..<number + 1)[0]
                }
            let start = position - (isInRest ? restOffset : number * Self.partByteCount)
            let count = min(bytes.count, part.count - start)
            guard count > 0 else {
                throw FSCacheError(.storeFailed, "Only bytes that have been written can be replaced.")
            }
            part.replaceSubrange(start..<start + count, with: bytes.prefix(count))
            switch number {
            case _ where isInRest: rest = part
            case 0: first = part
            default: try await body.write([part], from: number)
            }
            position += count
            bytes = bytes.dropFirst(count)
        }
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        var bytes = Data(first.dropFirst(offset).prefix(count))
        while bytes.count < count {
            let position = offset + bytes.count
            if position >= restOffset {
                bytes.append(rest.dropFirst(position - restOffset).prefix(count - bytes.count))
                break
            }
            let number = position / Self.partByteCount
            let last = min(number + RedisBody.partsPerOperation - 1, partCount)
            let parts = try await body.parts(number..<last + 1)
            for (index, part) in parts.enumerated() {
                let start = index == 0 ? position - number * Self.partByteCount : 0
                bytes.append(part.dropFirst(start).prefix(count - bytes.count))
            }
        }
        return bytes
    }

    func commit() async throws {
        _ = try await commit(replacing: .any)
    }

    /// The entry that a commit replaces.
    enum Previous {
        case any
        case none
        case id(String)

        fileprivate var argument: RedisCommands.Argument {
            switch self {
            case .any: "any"
            case .none: "none"
            case .id(let id): .text(id)
            }
        }
    }

    /// Stores the entry, unless it would replace another one than expected.
    ///
    /// - Returns: Whether it is stored.
    func commit(replacing previous: Previous) async throws -> Bool {
        try await sendRest()
        let keys = body.keys
        let command = RedisScript.write.command(
            keys: [keys.entry, keys.index, keys.body(body.id), keys.aside],
            .text(keys.digits),
            .text(body.id),
            .text(fileExtension),
            .init(restOffset + rest.count),
            .init(backend.timestamp),
            .bytes(first),
            .init(partCount + (rest.isEmpty ? 0 : 1)),
            .init(backend.timeToLive(until: expires) ?? 0),
            .init(RedisScript.bodyGrace),
            .text(keys.bodyPrefix),
            previous.argument
        )
        var commands = RedisCommands()
        commands.append(command)
        switch try await backend.ask(commands, keys).first?.text {
        case "stored":
            isCommitted = true
            return true
        case "changed": return false
        default: throw FSCacheError(.storeFailed, "The entry took too long to write, so Redis has removed parts of it.")
        }
    }
}

extension String {
    /// 32 random hexadecimal digits.
    static var randomDigits: String {
        [UInt64.random(in: 0 ... .max), .random(in: 0 ... .max)].map {
            let digits = String($0, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
#endif
