/// The rows of a CSV file (RFC 4180), read one by one; a bad row is told and the next one is read.
package struct CommaTable {
    package struct Row: Sendable {
        /// Where it starts, from 1.
        package let line: Int
        package var fields: [[UInt8]] = []
        package var fault: String?
    }

    private let bytes: [UInt8]
    private var index: Int
    private var line = 1

    /// A byte order mark at the start is passed over.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row that is not blank, or nil at the end.
    package mutating func next() -> Row? {
        while index < bytes.count {
            if endLine() { continue }
            return row()
        }
        return nil
    }

    private mutating func row() -> Row {
        var row = Row(line: line)
        while true {
            let field = peek == quote ? quoted() : plain()
            row.fields.append(field.bytes)
            if let fault = field.fault {
                row.fault = fault
                skipLine()
                return row
            }
            if peek == comma {
                index += 1
            } else if index >= bytes.count || endLine() {
                return row
            } else {
                row.fault = "has text after a closing quote"
                skipLine()
                return row
            }
        }
    }

    private mutating func plain() -> (bytes: [UInt8], fault: String?) {
        let start = index
        while let byte = peek, byte != comma, byte != newline, !isLineEnd {
            if byte == quote { return ([], "has a quote within a field that is not quoted") }
            index += 1
        }
        return (Array(bytes[start..<index]), nil)
    }

    private mutating func quoted() -> (bytes: [UInt8], fault: String?) {
        index += 1
        var field: [UInt8] = []
        while let byte = peek {
            index += 1
            if byte == newline { line += 1 }
            guard byte == quote else {
                field.append(byte)
                continue
            }
            guard peek == quote else { return (field, nil) }
            field.append(quote)
            index += 1
        }
        return ([], "has a quote that is never closed")
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Whether a CRLF or LF is next. A CR alone ends no line.
    private var isLineEnd: Bool {
        peek == newline || (peek == 0x0D && index + 1 < bytes.count && bytes[index + 1] == newline)
    }

    private mutating func endLine() -> Bool {
        guard isLineEnd else { return false }
        index += peek == newline ? 1 : 2
        line += 1
        return true
    }

    private mutating func skipLine() {
        while let byte = peek, byte != newline { index += 1 }
        _ = endLine()
    }

    private let comma = UInt8(ascii: ",")
    private let quote = UInt8(ascii: "\"")
    private let newline = UInt8(ascii: "\n")
}
