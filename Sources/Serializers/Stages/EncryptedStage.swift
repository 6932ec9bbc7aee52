public import Crypto
public import Foundation

/// Encryption with AES-GCM (NIST SP 800-38D): reading needs the key, and changes are detected.
///
/// An encrypted file is laid out as follows:
///
/// | offset | length | content |
/// | --- | --- | --- |
/// | 0 | 7 | the ASCII letters `FSCSEAL` |
/// | 7 | 1 | the version of this layout, 1 |
/// | 8 | 12 | the nonce |
/// | 20 | any | the encrypted content, as long as the content |
/// | last 16 | 16 | the authentication tag, over the encrypted content and bytes 0 to 7 as additional data |
///
/// Each write uses a fresh random nonce, so equal content gives different bytes each time. Random nonces are safe for
/// 2³² writes with one key (NIST SP 800-38D §8.3); change the key before that.
///
/// Compress before encrypting, never after. The length of the content stays visible, and swapping two files with the
/// same key is not detected.
public struct EncryptedStage: Stage {
    /// The extension: `encrypted`.
    public var fileExtension: String { "encrypted" }
    /// `true`.
    public var isAuthenticating: Bool { true }

    private static let header = Data("FSCSEAL\u{1}".utf8)

    private let key: SymmetricKey
    private let acceptedKeys: [SymmetricKey]

    /// Makes a stage; see ``Stage/encrypted(with:accepting:)``.
    public init(key: SymmetricKey, accepting oldKeys: [SymmetricKey] = []) throws {
        acceptedKeys = [key] + oldKeys
        self.key = key
        for length in acceptedKeys.map({ $0.bitCount / 8 }) where ![16, 24, 32].contains(length) {
            throw SerializationError(
                .invalidKey,
                "AES takes keys of 16, 24 or 32 bytes, not of \(length). "
                    + "Make one with SymmetricKey(size: .bits256), and store it where your secrets are."
            )
        }
    }

    /// Encrypts under a fresh random nonce.
    ///
    /// - Parameter data: The bytes to encrypt.
    /// - Returns: The header, the nonce, the encrypted bytes and the tag: 36 bytes more than `data`.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/limitExceeded`` for more than 64 GiB, the limit
    ///   of AES-GCM.
    public func apply(to data: Data) throws -> Data {
        guard let box = try? AES.GCM.seal(data, using: key, authenticating: Self.header).combined else {
            throw SerializationError(.limitExceeded, "AES-GCM can't encrypt \(data.count) bytes at once.")
        }
        return Self.header + box
    }

    /// Decrypts.
    ///
    /// All accepted keys are tried in turn.
    ///
    /// - Parameter data: Encrypted bytes, which are untrusted.
    /// - Returns: The bytes that were encrypted.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/notAuthentic`` if the bytes are not encrypted,
    ///   were changed, or were encrypted with a key that is not accepted.
    public func undo(on data: Data) throws -> Data {
        guard data.starts(with: Self.header),
            let box = try? AES.GCM.SealedBox(combined: data.dropFirst(Self.header.count))
        else {
            throw SerializationError(.notAuthentic, "The data is not encrypted, or truncated, or in a later layout.")
        }
        for key in acceptedKeys {
            if let content = try? AES.GCM.open(box, using: key, authenticating: Self.header) { return content }
        }
        throw SerializationError(
            .notAuthentic,
            "Decryption failed: the data was changed, or encrypted with a key that is not accepted."
        )
    }
}

extension Stage where Self == EncryptedStage {
    /// Encryption with AES-GCM, so that only holders of the key can read the bytes, and changes are detected.
    ///
    /// - Parameters:
    ///   - key: The key for writing and reading: 16, 24 or 32 random bytes, such as
    ///     `SymmetricKey(size: .bits256)`. A password is not a key.
    ///   - oldKeys: More keys that are accepted for reading. To change keys, pass the new one as `key` and the old one
    ///     here, until no file is encrypted with it.
    /// - Returns: The stage.
    /// - Throws: ``SerializationError`` with ``SerializationError/Code/invalidKey`` for a key of another length.
    public static func encrypted(
        with key: SymmetricKey,
        accepting oldKeys: [SymmetricKey] = []
    ) throws -> EncryptedStage {
        try EncryptedStage(key: key, accepting: oldKeys)
    }
}
