import Engine
import Facts
import Values

/// The ranks that were given to a partner, as its row keeps them: JSON, in their order. Nothing where none
/// were.
package enum RanksText {
    package static func text(_ marks: [RankMark]?, _ names: Names) -> String? {
        guard let marks, !marks.isEmpty else { return nil }
        return JSON.array(
            marks.map { .texts([$0.at.text, names.text($0.mark), names.text($0.tier)]) }
        ).canonical
    }

    /// What cannot be read is left out, and `verify` says so.
    static func marks(_ text: String?, _ names: inout Names) -> [RankMark] {
        guard let text, let json = try? JSON(reading: text.utf8) else { return [] }
        var marks: [RankMark] = []
        for row in json.elements ?? [] {
            let cells = (row.elements ?? []).compactMap(\.text)
            guard cells.count == 3, let at = Instant(text: cells[0]) else { continue }
            marks.append(RankMark(names.mark(cells[1]), at: at, tier: names.word(cells[2])))
        }
        return marks
    }
}
