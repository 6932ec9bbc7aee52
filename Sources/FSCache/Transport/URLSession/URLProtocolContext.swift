import Foundation
import HTTPTypes

#if canImport(FoundationNetworking)
import Dispatch
import FoundationNetworking

/// What a `URLProtocol` has to know about the task that it works for.
///
/// On Linux, `URLSession` keeps it to itself: the queue for reports, how content is taken, the content to upload, and the
/// additional header fields. They are read by reflection. If `URLSession` changes so that they are not found, every request
/// fails with an explanation; none is sent without its content or its fields.
struct URLProtocolContext: Sendable {
    /// Header fields of the configuration.
    let additionalFields: [String: String]
    /// Whether the content can be reported in parts.
    ///
    /// A completion handler would get only the last part.
    let acceptsParts: Bool
    /// The content to upload, if the task is an upload task.
    let upload: RequestSource?
    private let queue: DispatchQueue

    /// Finds out about a task.
    ///
    /// - Throws: ``FSCacheError/Code/unsupportedRequest`` if the task can't be served.
    init(_ urlProtocol: URLProtocol) throws(FSCacheError) {
        guard let task = urlProtocol.task else { throw Self.unknownURLSession }
        guard !(task is URLSessionDownloadTask) else {
            throw FSCacheError(
                .unsupportedRequest,
                "A download task can't be answered by a cache on this platform. Use a data task."
            )
        }
        guard let session = Self.property("session", of: task) as? URLSession,
            let queue = Self.property("workQueue", of: task) as? DispatchQueue,
            let registry = Self.property("taskRegistry", of: session),
            let behaviours = Self.property("behaviours", of: registry) as? [Int: Any],
            let behaviour = behaviours[task.taskIdentifier]
        else { throw Self.unknownURLSession }
        self.queue = queue
        acceptsParts = "\(behaviour)" == "callDelegate"
        upload = task is URLSessionUploadTask ? try Self.upload(of: task, in: session) : nil
        var fields: [String: String] = [:]
        for (name, value) in session.configuration.httpAdditionalHeaders ?? [:] { fields["\(name)"] = "\(value)" }
        additionalFields = fields
    }

    /// Runs an action where `URLSession` accepts reports.
    func run(_ action: @escaping @Sendable () -> Void) {
        queue.async(execute: action)
    }

    private static func upload(of task: URLSessionTask, in session: URLSession) throws(FSCacheError) -> RequestSource {
        guard let known = property("knownBody", of: task) else { throw unknownURLSession }
        guard let body = Mirror(reflecting: known).children.first?.value else {
            // A streamed request: the delegate is asked for the content.
            return RequestSource(asking: { receive in
                guard let delegate = task.delegate else { return receive(nil) }
                session.delegateQueue.addOperation {
                    delegate.urlSession(session, task: task, needNewBodyStream: receive)
                }
            })
        }
        switch Mirror(reflecting: body).children.first?.value {
        case let data as DispatchData: return RequestSource(Data(data))
        case let url as URL: return RequestSource(url)
        case let stream as InputStream: return RequestSource(stream)
        default: throw unknownURLSession
        }
    }

    /// The stored property with this name, of the object's class or of a class that it inherits from.
    private static func property(_ name: String, of object: Any) -> Any? {
        var mirror: Mirror? = Mirror(reflecting: object)
        while let current = mirror {
            if let child = current.children.first(where: { $0.label == name }) { return child.value }
            mirror = current.superclassMirror
        }
        return nil
    }

    private static var unknownURLSession: FSCacheError {
        FSCacheError(
            .unsupportedRequest,
            "FSCache doesn't know the URLSession of this Foundation. Use CachedSession.wrap, or another version of Swift."
        )
    }
}
#else

/// What a `URLProtocol` has to know about the task that it works for.
// Sendable, because its properties are constants, and a run loop takes work from any thread (CFRunLoopPerformBlock).
struct URLProtocolContext: @unchecked Sendable {
    /// Header fields of the configuration: none, because the request has them already.
    let additionalFields: [String: String] = [:]
    /// Whether the content can be reported in parts.
    let acceptsParts = true
    /// The content to upload: none, because the request has it.
    let upload: RequestSource? = nil
    // Run loops may be used from any thread if they are CFRunLoops.
    private let runLoop = CFRunLoopGetCurrent()

    /// Finds out about a task; to be called on its thread.
    init(_ urlProtocol: URLProtocol) throws(FSCacheError) {}

    /// Runs an action where `URLSession` accepts reports.
    func run(_ action: @escaping @Sendable () -> Void) {
        CFRunLoopPerformBlock(runLoop, CFRunLoopMode.defaultMode.rawValue, action)
        CFRunLoopWakeUp(runLoop)
    }
}
#endif
