#if SQLite
internal import FSCache
internal import Foundation
internal import Logging

/// The checked settings of an SQLite backend.
struct SQLiteSettings: Sendable {
    /// How long a writer may take for one piece, in seconds, before it counts as dead.
    static let draftLifetime: Double = 3600

    var timeout: Duration
    var autoVacuums = false
    var limits = StoreLimits()
    var isReadOnly = false
    var logger: Logger
    /// The clock, which tests replace.
    var now: @Sendable () -> Date = { Date() }
}
#endif
