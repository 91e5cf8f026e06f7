import Facts
import Recording
import Values

/// Reads files of facts (NDJSON) line by line; a bad line is told with its number and the next one is read.
enum FactsFile {
    struct Reading {
        var rows: [Import.Row] = []
        var refused: [(line: Int, reason: String)] = []
    }

    /// A line beyond this is refused.
    static let lineMax = 1 << 20

    static func read(_ path: String, _ key: HashKey) throws -> Reading {
        let bytes = try bytesOfFile(path)
        let reader = FactReader(.outside(key))
        var reading = Reading()
        var start = bytes.startIndex
        var number = 0
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            number += 1
            let line = bytes[start..<end]
            start = end + 1
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            guard line.count <= lineMax else {
                reading.refused.append((number, Refusal.tooLarge(limit: lineMax).sentence))
                continue
            }
            do {
                reading.rows.append(Import.Row(line: number, fact: try reader.line(line)))
            } catch {
                reading.refused.append((number, error.sentence))
            }
        }
        return reading
    }
}
