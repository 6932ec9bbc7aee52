internal import FSCacheFixtures

/// What a test with fixtures must keep to, besides its expectations.
public struct FixtureRequirement: Sendable {
    private enum Kind {
        case noNetwork
        case atMost(Int)
        case allUsed
        case noMisses
    }

    private let kind: Kind

    /// No request goes to the network, whatever the mode.
    public static let noNetwork = FixtureRequirement(kind: .noNetwork)
    /// Every file in the directory answers a request of the test.
    ///
    /// Use it where the directory belongs to one test.
    public static let everyFixtureUsed = FixtureRequirement(kind: .allUsed)

    /// Every request has a recorded response, even if the test catches the error of one that has none.
    public static let noMisses = FixtureRequirement(kind: .noMisses)

    /// The test makes at most a number of requests.
    ///
    /// - Parameter count: The number.
    /// - Returns: The requirement.
    public static func atMost(requests count: Int) -> FixtureRequirement {
        FixtureRequirement(kind: .atMost(count))
    }

    /// What is wrong; `nil` if the test has kept to it.
    func problem(in files: FixtureTransport) -> String? {
        let counts = files.counts
        switch kind {
        case .noNetwork:
            guard counts.network > 0 else { return nil }
            return "\(counts.network) requests went to the network, and the test requires that none does."
        case .atMost(let limit):
            guard counts.requests > limit else { return nil }
            return "The test made \(counts.requests) requests, and may make \(limit)."
        case .noMisses:
            guard counts.misses > 0 else { return nil }
            return "\(counts.misses) requests had no recorded response."
        case .allUsed:
            guard let (directory, used) = files.used.first else { return nil }
            let unused = directory.paths.filter { !used.contains($0) }
            guard !unused.isEmpty else { return nil }
            return "No request used \(unused.joined(separator: ", ")) in \(directory.path)."
        }
    }
}
