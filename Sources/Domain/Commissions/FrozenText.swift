import Engine
import Facts
import Values

/// What else an earning was reckoned by, as its row keeps it: JSON with exact numbers, of each part that it has.
enum FrozenText {
    static func text(_ frozen: Frozen?, _ names: Names) -> String? {
        guard let frozen else { return nil }
        return JSON.record([
            "capped": frozen.capped.map { json($0) }, "net": frozen.net.map { json($0, names) },
        ]).canonical
    }

    /// Nil for what cannot be read; `verify` says so.
    static func frozen(_ text: String, _ names: inout Names) -> Frozen? {
        guard let json = try? JSON(reading: text.utf8) else { return nil }
        var frozen = Frozen()
        if let capped = json["capped"] { frozen.capped = self.capped(capped) }
        if let net = json["net"] { frozen.net = self.net(net, &names) }
        return frozen
    }

    private static func json(_ capped: Capped) -> JSON {
        .record(["counted": .array(capped.counted.map(JSON.int)), "lost": .int(capped.lost)])
    }

    private static func capped(_ json: JSON) -> Capped? {
        guard let counted = json["counted"]?.elements?.compactMap(\.whole), let lost = json["lost"]?.whole
        else { return nil }
        return Capped(counted: counted, lost: lost)
    }

    private static func json(_ net: NetShare, _ names: Names) -> JSON {
        .record([
            "compared": .int(net.compared), "alone": .bool(net.isAlone),
            "below": net.below.map { NetRows.json($0, names) },
        ])
    }

    private static func net(_ json: JSON, _ names: inout Names) -> NetShare? {
        guard let compared = json["compared"]?.whole, let isAlone = json["alone"]?.flag else { return nil }
        return NetShare(
            compared: compared, isAlone: isAlone, below: json["below"].flatMap { NetRows.link($0, &names) })
    }
}
