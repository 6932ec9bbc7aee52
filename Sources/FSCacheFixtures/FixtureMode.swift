public import FSCache

/// When requests of a test go to the network.
public struct FixtureMode: Sendable, Hashable, CustomStringConvertible {
    /// The name, as the environment variable has it.
    public let description: String

    private init(_ name: String) { description = name }

    /// Never, so a request without a recorded response is an error.
    public static let replay = FixtureMode("replay")
    /// When no response to the request is recorded, to record it.
    public static let once = FixtureMode("once")
    /// When all recorded responses to the request have been replayed, to record more after them.
    public static let new = FixtureMode("new")
    /// Always.
    ///
    /// What a test records replaces the older recording of these requests when the test has passed.
    public static let rewrite = FixtureMode("rewrite")

    private static let all = [replay, once, new, rewrite]

    /// The environment variable that names the mode of all tests: `FSCACHE_FIXTURES`.
    public static let environmentVariable = "FSCACHE_FIXTURES"

    /// Finds a mode by its name.
    ///
    /// - Parameter name: `replay`, `once`, `new` or `rewrite`.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting`` for any other name, with a message that lists these.
    public init(named name: String) throws(FSCacheError) {
        guard let mode = Self.all.first(where: { $0.description == name }) else {
            throw FSCacheError(
                .invalidSetting,
                "There is no mode \(name.debugDescription) for fixtures. The modes are: replay (never ask the network), "
                    + "once (record what is missing), new (append to what is recorded), rewrite (record everything anew)."
            )
        }
        self = mode
    }

    /// Decides which mode applies.
    ///
    /// The environment variable ``environmentVariable`` counts first. Where the variable `CI` is set, everything is
    /// replayed otherwise, so that a forgotten argument records nothing there.
    ///
    /// - Parameters:
    ///   - argument: The mode in the code, if it has one.
    ///   - environment: The environment of the process.
    /// - Returns: The mode. Default: ``replay``.
    /// - Throws: ``/FSCache/FSCacheError/Code/invalidSetting`` if the variable names no mode.
    public static func resolved(
        _ argument: FixtureMode?,
        environment: [String: String]
    ) throws(FSCacheError) -> FixtureMode {
        if let name = environment[environmentVariable], !name.isEmpty { return try FixtureMode(named: name) }
        if let ci = environment["CI"], !["", "0", "false"].contains(ci.lowercased()) { return .replay }
        return argument ?? .replay
    }
}
