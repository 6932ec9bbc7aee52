internal import Testing

#if canImport(Runtime) && os(Linux)
internal import Runtime

/// Finds the line of a test that has led to the current call.
enum CallSite {
    /// The line of a source file, from a backtrace.
    ///
    /// - Parameter location: A place in the file.
    /// - Returns: The line; `nil` if the call doesn't come from there, or the program has no debugging information.
    static func line(in location: SourceLocation) -> SourceLocation? {
        guard let backtrace = try? Backtrace.capture().symbolicated() else { return nil }
        let lines = backtrace.frames.lazy.compactMap { $0.symbol?.sourceLocation }
        guard let found = lines.first(where: { $0.path == location.filePath }), found.line > 0 else { return nil }
        return SourceLocation(
            fileID: location.fileID,
            filePath: location.filePath,
            line: found.line,
            column: max(1, found.column)
        )
    }
}
#else
/// Finds no line, because there is no module for backtraces.
enum CallSite {
    static func line(in location: SourceLocation) -> SourceLocation? { nil }
}
#endif
