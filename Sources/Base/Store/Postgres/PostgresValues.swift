/// The values of a statement as the server reads them: texts with a NUL at the end of each.
struct PostgresValues {
    static let countMax = 65_535

    private var bytes: [UInt8] = []
    /// Where each begins; nil is NULL.
    private var starts: [Int?] = []

    /// - Throws: `StoreError.constraint` for a text with a NUL in it, `.statement` for too many values.
    init(_ values: some Sequence<SQLValue>) throws(StoreError) {
        for value in values {
            guard value != .null else {
                starts.append(nil)
                continue
            }
            starts.append(bytes.count)
            if case .text(let text) = value { try PostgresText.refuseNUL(text) }
            PostgresText.append(value, to: &bytes)
            bytes.append(0)
        }
        guard starts.count <= Self.countMax else {
            throw .statement("\(starts.count) values are too many for one statement")
        }
    }

    var count: Int { starts.count }

    func withPointers<T>(_ body: (LibPQ.Texts?, Int32) -> T) -> T {
        bytes.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = starts.map { place in place.flatMap { start?.advanced(by: $0) } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress, Int32($0.count)) }
        }
    }
}

/// Rows in the text format of COPY: a tab between values, a line a row.
struct CopyText {
    private var bytes: [UInt8] = []

    private static let pieceLength = 1 << 16

    /// - Throws: `StoreError.constraint` for a text with a NUL in it.
    init(_ rows: [[SQLValue]]) throws(StoreError) {
        bytes.reserveCapacity(rows.count * 64)
        for row in rows {
            for (column, value) in row.enumerated() {
                if column > 0 { bytes.append(UInt8(ascii: "\t")) }
                try append(value)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private mutating func append(_ value: SQLValue) throws(StoreError) {
        switch value {
        case .null: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
        case .text(let text):
            try PostgresText.refuseNUL(text)
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): bytes += [byte, byte]
                case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
                case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
                case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
                default: bytes.append(byte)
                }
            }
        default: PostgresText.append(value, to: &bytes)
        }
    }

    /// Hands the text out in pieces, until one is not taken.
    func withPieces(_ take: (LibPQ.Text, Int32) -> Bool) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return true }
            return stride(from: 0, to: bytes.count, by: Self.pieceLength).allSatisfy { place in
                take(start + place, Int32(min(Self.pieceLength, bytes.count - place)))
            }
        }
    }
}

/// Values as the server reads and writes them.
enum PostgresText {
    static func refuseNUL(_ text: String) throws(StoreError) {
        guard !text.utf8.contains(0) else { throw .constraint("a text with a NUL character in it") }
    }

    static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: break
        case .integer(let value): append(value, to: &bytes)
        case .bool(let value): bytes.append(value ? UInt8(ascii: "t") : UInt8(ascii: "f"))
        // Swift writes the shortest text that is read as the same number; `inf` and `nan` are read too.
        case .real(let value): bytes += value.description.utf8
        case .text(let value): bytes += value.utf8
        }
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes[start...].reverse()
    }

    /// What a value says of its hole's type. Said rather than guessed by the server, so that
    /// `SELECT \(1)` answers an integer here too.
    static func type(of value: SQLValue) -> UInt32 {
        switch value {
        case .null: 0
        case .integer: LibPQ.TypeNumber.int8
        case .bool: LibPQ.TypeNumber.bool
        case .real: LibPQ.TypeNumber.float8
        case .text: LibPQ.TypeNumber.text
        }
    }
}
