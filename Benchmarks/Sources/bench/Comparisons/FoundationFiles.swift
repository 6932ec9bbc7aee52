import Foundation

extension Comparison {
    /// A raw read compared with itself, to show how far ratios are from 1 by chance.
    static let noise = Comparison(name: "noise", baselineName: "raw read") { folder in
        let file = folder.appending(path: "file")
        try Sample.file.write(to: file)
        return (try RawFile.reading(file), try RawFile.reading(file))
    }

    /// Reading a file with Foundation.
    static let foundationRead = Comparison(name: "foundation-read", baselineName: "raw read") { folder in
        let file = folder.appending(path: "file")
        try Sample.file.write(to: file)
        let subject: Operation = { times in
            for _ in 0..<times { _ = try Data(contentsOf: file) }
        }
        return (subject, try RawFile.reading(file))
    }

    /// Replacing a file with Foundation.
    static let foundationReplace = Comparison(name: "foundation-replace", baselineName: "raw replace") { folder in
        let file = folder.appending(path: "file")
        let subject: Operation = { times in
            for _ in 0..<times { try Sample.file.write(to: file, options: .atomic) }
        }
        return (subject, RawFile.replacing(folder.appending(path: "raw"), with: Sample.file))
    }
}
