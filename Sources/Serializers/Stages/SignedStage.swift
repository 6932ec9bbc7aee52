public import Crypto
public import Foundation

/// A signature before the bytes, so that only files written with the key are read.
///
/// A signed file is laid out as follows:
///
/// | offset | length | content |
/// | --- | --- | --- |
/// | 0 | 7 | the ASCII letters `FSCSIGN` |
/// | 7 | 1 | the version of this layout, 1 |
/// | 8 | 32 | HMAC-SHA256 (RFC 2104) of bytes 0 to 7 followed by the content, under the signing key |
/// | 40 | any | the content: the bytes as the stage before wrote them |
///
/// The signature covers the first eight bytes, so a signature for another purpose or version doesn't match.
/// Equal content under one key gives equal bytes.
///
/// The signature authenticates the content, not its file name: swapping two signed files is not detected. It hides
/// nothing; for that, use ``EncryptedStage``, which also detects changes.
public struct SignedStage: Stage {
    /// The extension: `signed`.
    public var fileExtension: String { "signed" }
    /// `true`.
    public var isAuthenticating: Bool { true }

    private static let header = Data("FSCSIGN\u{1}".utf8)
    private static let contentOffset = header.count + SHA256.byteCount

    private let key: SymmetricKey
    private let acceptedKeys: [SymmetricKey]

    /// Makes a stage; see ``Stage/signed(with:accepting:)``.
    public init(key: SymmetricKey, accepting oldKeys: [SymmetricKey] = []) throws {
        acceptedKeys = [key] + oldKeys
        self.key = key
        for length in acceptedKeys.map({ $0.bitCount / 8 }) where length < 16 {
            throw SerializationError(
                .invalidKey,
                "A signing key of \(length) bytes is too short to be safe. "
                    + "Make one with SymmetricKey(size: .bits256), and store it where your secrets are."
            )
        }
    }

    /// Prepends a signature to the bytes.
    ///
    /// - Parameter data: The bytes to sign.
    /// - Returns: The header, the signature and the bytes.
    public func apply(to data: Data) -> Data {
        Self.header + Self.signature(of: data, with: key) + data
    }

    /// Checks and removes the signature.
    ///
    /// All accepted keys are tried in turn. The comparison takes constant time.
    ///
    /// - Parameter data: Signed bytes, which are untrusted.
    /// - Returns: The bytes that were signed.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/notAuthentic`` if the bytes are not signed with
    ///   an accepted key.
    public func undo(on data: Data) throws -> Data {
        guard data.starts(with: Self.header), data.count >= Self.contentOffset else {
            throw SerializationError(.notAuthentic, "The data is not signed, or truncated, or in a later layout.")
        }
        let signature = data.dropFirst(Self.header.count).prefix(SHA256.byteCount)
        let content = data.dropFirst(Self.contentOffset)
        guard acceptedKeys.contains(where: { Self.signature(of: content, with: $0) == signature }) else {
            throw SerializationError(
                .notAuthentic,
                "The signature does not match: the data was changed, or signed with a key that is not accepted."
            )
        }
        return Data(content)
    }

    private static func signature(of content: Data, with key: SymmetricKey) -> HMAC<SHA256>.MAC {
        var hmac = HMAC<SHA256>(key: key)
        hmac.update(data: header)
        hmac.update(data: content)
        return hmac.finalize()
    }
}

extension Stage where Self == SignedStage {
    /// A signature before the bytes (HMAC-SHA256), so that changes are detected.
    ///
    /// - Parameters:
    ///   - key: The key for writing and reading: at least 16 random bytes, 32 for full strength:
    ///     `SymmetricKey(size: .bits256)`. A password is not a key.
    ///   - oldKeys: More keys that are accepted for reading. To change keys, pass the new one as `key` and the old one
    ///     here, until no file is signed with it.
    /// - Returns: The stage.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/invalidKey`` for a key of fewer than 16 bytes.
    public static func signed(with key: SymmetricKey, accepting oldKeys: [SymmetricKey] = []) throws -> SignedStage {
        try SignedStage(key: key, accepting: oldKeys)
    }
}
