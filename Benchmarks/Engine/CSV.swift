import Engine
import Foundation
import Values

extension World {
    /// Writes the columns as `clicks.csv` and `sales.csv`, for others to do the same sums.
    func write(into folder: String) throws {
        try CSV.write("\(folder)/clicks.csv", "instant,visitor,partner,speaks", clicks.at.indices) {
            row, line in
            line.put(clicks.at[row].milliseconds)
            line.put(Int64(clicks.visitor[row].number))
            line.put(Int64(clicks.partner[row].number))
            line.put(clicks[row].isBot || clicks[row].deniedConsent ? "false" : "true")
        }
        try CSV.write("\(folder)/sales.csv", "instant,visitor,amount,tax,shipping,country", sales.at.indices)
        {
            row, line in
            line.put(sales.at[row].milliseconds)
            line.put(Int64(sales.visitor[row]))
            line.put(sales.amount[row])
            line.put(sales.tax[row])
            line.put(sales.shipping[row])
            line.put(World.countries[Int(sales.country[row])])
        }
    }
}

private struct CSV {
    private var bytes: [UInt8] = []

    static func write(
        _ path: String, _ head: String, _ rows: Range<Int>, _ fill: (Int, inout CSV) -> Void
    ) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        var text = CSV()
        text.put(head)
        for row in rows {
            text.endLine()
            fill(row, &text)
            if text.bytes.count > 1 << 20 { try text.flush(to: file) }
        }
        text.endLine()
        try text.flush(to: file)
        try file.close()
    }

    mutating func put(_ number: Int64) { put(String(number)) }

    mutating func put(_ text: String) {
        bytes += text.utf8
        bytes.append(UInt8(ascii: ","))
    }

    private mutating func endLine() { bytes[bytes.count - 1] = UInt8(ascii: "\n") }

    private mutating func flush(to file: FileHandle) throws {
        // The last comma is still to become the line's end.
        let last = bytes.removeLast()
        try file.write(contentsOf: bytes)
        bytes = [last]
    }
}
