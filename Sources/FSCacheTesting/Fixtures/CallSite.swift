internal import Testing

#if canImport(Runtime) && os(Linux)
internal import Runtime

/// The calls that have led to a place in the code.
struct CallSite {
    private let backtrace = try? Backtrace.capture()

    /// The line of a source file from which the calls came.
    ///
    /// This takes seconds, because it reads debugging information.
    ///
    /// - Parameter location: A place in the file.
    /// - Returns: The line; `nil` if the calls don't come from there, or the program has no debugging information.
    func line(in location: SourceLocation) -> SourceLocation? {
        guard let frames = backtrace?.symbolicated()?.frames else { return nil }
        let lines = frames.lazy.compactMap { $0.symbol?.sourceLocation }
        // Code that the compiler has made has line 0.
        guard let found = lines.first(where: { $0.path == location.filePath && $0.line > 0 }) else { return nil }
        return SourceLocation(
            fileID: location.fileID,
            filePath: location.filePath,
            line: found.line,
            column: max(1, found.column)
        )
    }
}
#else
/// Knows no calls, because there is no module for backtraces.
struct CallSite {
    func line(in location: SourceLocation) -> SourceLocation? { nil }
}
#endif
