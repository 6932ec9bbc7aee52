import ArgumentParser
import FSCache

/// A number of bytes on the command line: `4096`, `500M`, `1.5G`, `2GiB`, `2GB`.
struct ByteCount {
    let bytes: Int

    static let advice =
        "Write one byte or more, such as 4096, or a number followed by K, M, G or T, such as 500M or 1.5G. These, and KiB, MiB and so "
        + "on, are powers of 1024; KB, MB and so on are powers of 1000."

    private static let units = ["": 0, "k": 1, "m": 2, "g": 3, "t": 4]

    /// Reads a number of bytes of at least one.
    init?(_ text: String) {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        var unit = text.dropFirst(number.count).lowercased()
        var base = 1024.0
        if unit.count > 2, unit.hasSuffix("ib") {
            unit.removeLast(2)
        } else if unit.hasSuffix("b") {
            unit.removeLast()
            base = 1000
        }
        guard let exponent = Self.units[unit], let value = Double(number) else { return nil }
        let bytes = (0..<exponent).reduce(value) { product, _ in product * base }.rounded(.down)
        guard bytes >= 1, let whole = Int(exactly: bytes) else { return nil }
        self.bytes = whole
    }

    /// Reads the value of an option.
    init(argument: String) throws {
        guard let count = ByteCount(argument) else { throw ValidationError(Self.advice) }
        self = count
    }
}

/// The options for the size of a cache.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The space that all entries may take on the disk: 500M, 1.5G, 2GB. (default: no limit)",
            discussion: "The least recently used entries are evicted.",
            valueName: "size"
        ),
        transform: ByteCount.init(argument:)
    )
    var maxSize: ByteCount?

    @Option(help: ArgumentHelp("How many entries the cache may hold. (default: no limit)", valueName: "count"))
    var maxEntries: Int?

    func validate() throws {
        if let maxEntries, maxEntries < 1 { throw ValidationError("--max-entries takes 1 or more.") }
    }

    var limits: StoreLimits { StoreLimits(maxCacheBytes: maxSize?.bytes, maxEntries: maxEntries) }
}
