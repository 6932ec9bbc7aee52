package import Foundation

/// A growing buffer of bytes that becomes `Data` without a copy.
///
/// It is safe because it owns its memory, never lends it, and checks each access against its capacity.
@safe
package struct ByteWriter: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// The number of bytes so far.
    package private(set) var count = 0

    /// Makes an empty writer.
    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        unsafe memory = Self.checked(malloc(self.capacity))
    }

    deinit {
        unsafe free(memory)
    }

    /// Appends a byte.
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends the bytes of an integer in big-endian order.
    @inline(__always)
    package mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(bigEndian integer: Integer) {
        reserve(MemoryLayout<Integer>.size)
        unsafe memory.storeBytes(of: integer.bigEndian, toByteOffset: count, as: Integer.self)
        count += MemoryLayout<Integer>.size
    }

    /// Appends bytes.
    @inline(__always)
    package mutating func append(_ bytes: RawSpan) {
        let added = bytes.byteCount
        guard added > 0 else { return }
        reserve(added)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (memory + count).copyMemory(from: start, byteCount: added)
        }
        count += added
    }

    /// Appends bytes.
    @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) {
        append(unsafe bytes.bytes)  // Bytes have no padding that could be uninitialized.
    }

    /// Appends bytes.
    package mutating func append(_ data: Data) {
        append(data.bytes)
    }

    /// Appends a string's UTF-8.
    @inline(__always)
    package mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { unsafe append($0.span.bytes) }
    }

    /// Appends a byte several times.
    package mutating func append(repeating byte: UInt8, count added: Int) {
        guard added > 0 else { return }
        reserve(added)
        unsafe (memory + count).initializeMemory(as: UInt8.self, repeating: byte, count: added)
        count += added
    }

    /// Overwrites bytes that have been appended.
    ///
    /// - Parameters:
    ///   - offset: The offset of the first one. All of them must exist.
    ///   - integer: The integer whose bytes, in big-endian order, replace them.
    package mutating func overwrite<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        withBigEndian integer: Integer
    ) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= count)
        unsafe memory.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Integer.self)
    }

    /// Returns the bytes and leaves the writer empty.
    package mutating func take() -> Data {
        guard count > 64 else {
            // Copying so few bytes is cheaper than owning them.
            defer { count = 0 }
            return unsafe Data(bytes: memory, count: count)
        }
        // The data may live long, so free memory that it doesn't need.
        if capacity - count > count / 2 { unsafe memory = Self.checked(realloc(memory, count)) }
        let data = unsafe Data(bytesNoCopy: memory, count: count, deallocator: .free)
        capacity = 16
        unsafe memory = Self.checked(malloc(capacity))
        count = 0
        return data
    }

    @inline(__always)
    private mutating func reserve(_ added: Int) {
        if capacity - count < added { grow(by: added) }
    }

    @inline(never)
    private mutating func grow(by added: Int) {
        capacity = max(capacity * 2, count + added)
        unsafe memory = Self.checked(realloc(memory, capacity))
    }

    private static func checked(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
        // The standard library's arrays also trap when memory runs out.
        guard let memory = unsafe memory else { preconditionFailure("out of memory") }
        return unsafe memory
    }
}
