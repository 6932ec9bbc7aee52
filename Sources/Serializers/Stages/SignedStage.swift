public import Crypto
public import Foundation

/// A signature in front of the bytes, so that only files written with the key are read.
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
/// The signature covers the first eight bytes, so that a signature for another purpose or another version does not match.
/// Equal content under one key gives equal bytes.
///
/// The signature authenticates the content, not its file name: swapping two signed files goes unnoticed. It hides nothing;
/// use ``EncryptedStage`` for that, which detects changes, too.
public struct SignedStage: Stage {
    /// The extension: `signed`.
    public var fileExtension: String { "signed" }
    /// `true`.
    public var isAuthenticating: Bool { true }

    private static let header = Data("FSCSIGN\u{1}".utf8)
    private static let contentOffset = header.count + SHA256.byteCount

    private let key: SymmetricKey
    private let acceptedKeys: [SymmetricKey]

    /// Makes a stage, as ``Stage/signed(with:accepting:)`` does.
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

    /// Puts a signature in front of the bytes.
    ///
    /// - Parameter data: The bytes to sign.
    /// - Returns: The header, the signature and the bytes.
    public func apply(to data: Data) -> Data {
        Self.header + Self.signature(of: data, with: key) + data
    }

    /// Checks the signature and takes it off.
    ///
    /// All accepted keys are tried in turn. The comparison takes the same time wherever the first difference is.
    ///
    /// - Parameter data: Signed bytes, which are untrusted.
    /// - Returns: The bytes that were signed.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/notAuthentic`` when the bytes are not signed, or
    ///   no accepted key has made the signature for them.
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
    /// A signature in front of the bytes, so that changed bytes are noticed: HMAC-SHA256.
    ///
    /// - Parameters:
    ///   - key: Signs files, and is accepted on reading. At least 16 random bytes, 32 for full strength:
    ///     `SymmetricKey(size: .bits256)`. A password is not a key.
    ///   - oldKeys: Further keys that are accepted on reading. To change keys, pass the new one as `key` and the old one
    ///     here, until no file has its signature.
    /// - Returns: The stage.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/invalidKey`` for a key of fewer than 16 bytes.
    public static func signed(with key: SymmetricKey, accepting oldKeys: [SymmetricKey] = []) throws -> SignedStage {
        try SignedStage(key: key, accepting: oldKeys)
    }
}
