import Values

/// A click's id leads to its day and bucket and tells nobody who the visitor was:
/// `clk_` and base 32 of 48 bits of milliseconds, 16 bits of bucket and 64 bits of chance.
package enum ClickID {
    package static func make(at instant: Instant, bucket: UInt16, _ chance: Chance) -> String {
        let place = [UInt8(bucket >> 8), UInt8(bucket & 255)]
        return "clk_\(timeOrdered(instant, place + chance.bytes(8)))"
    }

    /// Where a click of this id is kept; nil for an id that is not ours.
    package static func place(of id: String) -> ClickPlace? {
        guard id.hasPrefix("clk_"), let bytes = base32Bytes(id.dropFirst(4)), bytes.count == 16 else {
            return nil
        }
        let milliseconds = bytes[..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return ClickPlace(day: milliseconds / 86_400_000, bucket: Int64(bytes[6]) << 8 | Int64(bytes[7]))
    }
}

/// Where a click lies in its table.
package struct ClickPlace: Hashable, Sendable {
    package let day: Int64
    package let bucket: Int64
}
