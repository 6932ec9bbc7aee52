package import Foundation

extension Span<UInt8> {
    /// The eight bytes at an offset, the first one lowest.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // Eight bytes are an integer whatever they are; that they exist is checked by the call itself.
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: word)
    }

    /// The string of these bytes, which have been checked to be UTF-8.
    @inline(__always)
    var string: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A copy of these bytes.
    package var data: Data {
        unsafe withUnsafeBufferPointer { unsafe Data($0) }
    }
}
