import Dispatch
import Facts
import Recording
import Synchronization
import Values

/// Reads files of facts (NDJSON) line by line; a bad line is told with its number and the next one is read.
enum FactsFile {
    struct Reading: Sendable {
        var rows: [Import.Row] = []
        var refused: [(line: Int, reason: String)] = []
    }

    /// A line beyond this is refused.
    static let lineMax = 1 << 20
    /// Lines that one core reads at a stretch.
    private static let stretchMax = 4_000

    static func read(_ path: String, _ key: HashKey) throws -> Reading {
        let bytes = try bytesOfFile(path)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let stretches = stride(from: 0, to: lines.count, by: stretchMax).map {
            $0..<min($0 + stretchMax, lines.count)
        }
        let parts = Mutex<[Int: Reading]>([:])
        DispatchQueue.concurrentPerform(iterations: stretches.count) { index in
            let part = read(lines, stretches[index], FactReader(.outside(key)))
            parts.withLock { $0[index] = part }
        }
        var reading = Reading()
        let done = parts.withLock { $0 }
        for index in stretches.indices {
            guard let part = done[index] else { continue }
            reading.rows += part.rows
            reading.refused += part.refused
        }
        return reading
    }

    private static func read(_ lines: [ArraySlice<UInt8>], _ range: Range<Int>, _ reader: FactReader)
        -> Reading
    {
        var reading = Reading()
        for index in range {
            let (line, number) = (lines[index], index + 1)
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            guard line.count <= lineMax else {
                reading.refused.append((number, Refusal.tooLarge(limit: lineMax).sentence))
                continue
            }
            do {
                reading.rows.append(Import.Row(line: number, fact: try reader.line(line)))
            } catch {
                reading.refused.append((number, error.naming(["": "this"]).sentence))
            }
        }
        return reading
    }
}
