import Foundation
import Terms
import Values

// bench-engine write PROGRAM CLICKS SALES FOLDER   the data, for others
// bench-engine run PROGRAM CLICKS SALES            for each line that is read one run in the order of time, and
//                                                  the rules alone
// bench-engine memory PROGRAM CLICKS SALES         what is resident after all clicks, and after all sales

let words = CommandLine.arguments.dropFirst()
guard words.count >= 4, let clicks = Int(words[3]), let sales = Int(words[4]), clicks >= 0, sales > 0 else {
    print("usage: bench-engine write|run|memory PROGRAM CLICKS SALES [FOLDER]")
    exit(64)
}
let file = try ProgramFile.read(String(contentsOfFile: words[2], encoding: .utf8))
let world = World(clicks: clicks, sales: sales)

func residentBytes() throws -> Double {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
    return (Double(pages) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let duration = try clock.measure(work)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func tell(_ members: KeyValuePairs<String, Any>) throws {
    let object = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
    let text = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
    try FileHandle.standardOutput.write(contentsOf: text + [UInt8(ascii: "\n")])
}

switch words[1] {
case "write": try world.write(into: words[5])
case "memory":
    var run = try Run(world, file)
    let before = try residentBytes()
    run.showAll()
    let between = try residentBytes()
    try run.convertAll()
    let after = try residentBytes()
    try tell([
        "a click": (between - before) / Double(max(1, clicks)),
        "a conversion": (after - between) / Double(sales),
        "attributed": run.attributed,
    ])
default:
    while readLine() != nil {
        var run = try Run(world, file)
        let whole = try seconds { try run.runInOrder() }
        var sum: Int64 = 0
        let rules = try seconds { sum = try run.evaluateAll() }
        try tell([
            "seconds": whole, "rules seconds": rules, "rules sum": sum, "attributed": run.attributed,
            "commission": run.commission,
        ])
    }
}
