import Facts
import Recording
import Values

/// Reads a CSV file whose columns are the fields of one kind of fact; `payout_method.iban` reaches into an
/// object.
struct CSVFile {
    private let kind: FactKind
    /// Our field for each column that is called otherwise.
    private let columns: [String: String]

    init(_ kind: String, map: String?) throws {
        guard let known = FactKind(rawValue: kind), FactKind.fromOutside.contains(known) else {
            throw Refusal.invalid("the kind", .notOneOf(FactKind.fromOutside.map(\.rawValue) + ["ecb"]))
        }
        self.kind = known
        var columns: [String: String] = [:]
        for pair in (map ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Refusal.invalid("--map", .because("is field=Column,field=Column"))
            }
            columns[parts[1]] = parts[0]
        }
        self.columns = columns
    }

    func read(_ bytes: [UInt8], _ key: HashKey) throws -> FactsFile.Reading {
        var table = CommaTable(bytes)
        guard let header = table.next(), header.fault == nil else {
            throw Refusal.invalid("a header on line 1", .missing)
        }
        let names = header.fields.map { field in
            let name = String(decoding: field, as: UTF8.self)
            return columns[name] ?? name
        }
        let reader = FactReader(.outside(key))
        var reading = FactsFile.Reading()
        while let row = table.next() {
            do {
                if let fault = row.fault { throw Refusal.invalid("", .because(fault)) }
                guard row.fields.count == names.count else {
                    throw Refusal.invalid(
                        "", .because("has \(counted(row.fields.count, "field")), the header \(names.count)"))
                }
                let line = try json(names, row.fields)
                reading.rows.append(Import.Row(line: row.line, fact: try reader.line(line.compact.utf8)))
            } catch let refusal as Refusal {
                reading.refused.append((row.line, refusal.naming(["": "this"]).sentence))
            }
        }
        return reading
    }

    private func json(_ names: [String], _ fields: [[UInt8]]) throws(Refusal) -> JSON {
        var members = [JSON.Member("fact", .string(kind.rawValue))]
        var inner: [String: [JSON.Member]] = [:]
        for (name, field) in zip(names, fields) where !field.isEmpty {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw .invalid("/\(name)", .because("is not UTF-8"))
            }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                inner[parts[0], default: []].append(.init(parts[1], .string(text)))
            } else {
                members.append(.init(name, value(name, text)))
            }
        }
        for (name, own) in inner.sorted(by: { $0.key < $1.key }) { members.append(.init(name, .object(own))) }
        return .object(members)
    }

    private func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private func value(_ name: String, _ text: String) -> JSON {
        switch name {
        case "consent", "bot": text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        // ada=3/5;bob=2/5
        case "shares":
            .array(
                text.split(separator: ";").map { part in
                    let sides = part.split(separator: "=", maxSplits: 1).map { trimmed(String($0)) }
                    return .record([
                        "partner": sides.first.json, "share": (sides.count == 2 ? sides[1] : nil).json,
                    ])
                })
        case "priority": Int64(text).map(JSON.int) ?? .string(text)
        default: .string(text)
        }
    }
}

/// Reads the ECB's `eurofxref-hist.csv`: a day a line, units per euro, `N/A` where there was none.
enum RatesFile {
    static func read(_ bytes: [UInt8], since: Day?) throws -> FactsFile.Reading {
        var table = CommaTable(bytes)
        guard let header = table.next(),
            header.fields.first.map({ String(decoding: $0, as: UTF8.self) }) == "Date"
        else {
            throw Refusal.invalid("line 1", .because("must begin with Date, as the ECB's file does"))
        }
        let codes = header.fields.map { String(decoding: $0, as: UTF8.self) }
        let reader = FactReader(.store)
        var reading = FactsFile.Reading()
        while let row = table.next() {
            let cells = row.fields.map { String(decoding: $0, as: UTF8.self) }
            guard let first = cells.first, let day = Day(text: first),
                let at = Zone.utc.start(of: day) as Instant?
            else {
                reading.refused.append((row.line, "the day is not a day"))
                continue
            }
            if let since, day < since { continue }
            for (code, rate) in zip(codes, cells).dropFirst()
            where rate != "N/A" && !rate.isEmpty && !code.isEmpty {
                do {
                    // The ECB publishes in the afternoon; 15:00 UTC is after it in winter and in summer.
                    let fact = try reader.read(
                        .rate, id: "ecb-\(day.text)-\(code)", at: at.moved(by: .seconds(54_000)),
                        receivedAt: at.moved(by: .seconds(54_000)),
                        [
                            .init("date", .string(day.text)), .init("base", .string("EUR")),
                            .init("quote", .string(code)), .init("rate", .string(rate)),
                        ])
                    reading.rows.append(Import.Row(line: row.line, fact: fact))
                } catch {
                    reading.refused.append((row.line, "\(code): \(error.sentence)"))
                }
            }
        }
        return reading
    }
}
