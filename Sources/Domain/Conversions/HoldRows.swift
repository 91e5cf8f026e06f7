import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `conversion_hold`: when a conversion's money was held and released.
package enum HoldRows {
    package static func load(_ conversion: Ref<Conversion>, into book: inout Book, in work: Work) throws {
        let id = book.names.text(conversion)
        let rows = try work.rows(
            """
            SELECT conversion_id, at, fact, is_hold FROM conversion_hold
             WHERE program_id = \(work.program) AND conversion_id = \(id)
            """)
        book.memory.holds[conversion] = []
        keep(rows, into: &book)
    }

    /// Of those of a partner's conversions that stand on no statement yet.
    package static func loadOpen(of partner: Ref<Engine.Partner>, into book: inout Book, in work: Work) throws
    {
        let rows = try work.rows(
            """
            SELECT DISTINCT h.conversion_id, h.at, h.fact, h.is_hold
              FROM earning e
              JOIN conversion_hold h ON h.program_id = e.program_id AND h.conversion_id = e.conversion_id
             WHERE e.program_id = \(work.program) AND e.partner_id = \(book.names.text(partner))
               AND e.state <> 'stated' AND e.state <> 'booked'
            """)
        for row in rows { book.memory.holds[book.names.conversion(row.text("conversion_id"))] = [] }
        keep(rows, into: &book)
    }

    private static func keep(_ rows: [Row], into book: inout Book) {
        let marks = rows.map { row in
            let mark = HoldMark(
                book.names.mark(row.text("fact")), at: row.instant("at"), isHold: row.bool("is_hold"))
            return (book.names.conversion(row.text("conversion_id")), mark)
        }
        let ordered = marks.sorted { a, b in
            a.1.at != b.1.at ? a.1.at < b.1.at : book.names.isFirst(Tie(a.1.mark, b.1.mark))
        }
        for (conversion, mark) in ordered { book.memory.holds[conversion]?.append(mark) }
    }

    /// - Parameter marks: all of each conversion's; those that are there stay.
    package static func keep(
        _ marks: [Ref<Conversion>: [HoldMark]], _ names: Names, in work: Work
    ) throws {
        let rows = marks.flatMap { conversion, marks in
            marks.map { values($0, of: conversion, names, in: work.program) }
        }
        try work.insert(
            "INSERT INTO conversion_hold (program_id, conversion_id, at, fact, is_hold) VALUES",
            "ON CONFLICT DO NOTHING", columns: 5, rows: rows)
    }

    package static func values(
        _ mark: HoldMark, of conversion: Ref<Conversion>, _ names: Names, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(names.text(conversion)), mark.at.sqlValue,
            .text(names.text(mark.mark)), .bool(mark.isHold),
        ]
    }

    package static let rebuilt = RebuiltTable(
        "conversion_hold", from: [.text(""), .integer(.min), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, conversion_id, at, fact, is_hold FROM conversion_hold
             WHERE program_id = \(look.program)
               AND (conversion_id, at, fact) >= (\(from[0]), \(from[1]), \(from[2]))
             ORDER BY conversion_id, at, fact LIMIT \(limit)
            """)
    }
}
