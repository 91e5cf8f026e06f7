import Engine
import Facts
import Values

/// A customer's course as its row keeps it: JSON with the names of things. Nothing for one that has none.
enum CourseText {
    static func text(_ course: Course?, _ names: Names) -> String? {
        guard let course, course != Course() else { return nil }
        return JSON.record([
            "began": (course.beganAt?.text).json,
            "anchors": .array(
                course.anchors.map { anchor in
                    .array([
                        .string(names.text(anchor.lane)), .string(names.text(anchor.partner)),
                        .string(anchor.at.text), .int(Int64(anchor.payments)),
                    ])
                }),
            "sums": .array(
                course.sums.map { sum in
                    .array([
                        .string(names.text(sum.name)), .string(sum.currency.code), .int(sum.first),
                        .int(sum.total),
                    ])
                }),
            "reached": .array(
                course.reached.map { .texts([names.text($0.lane), names.text($0.conversion)]) }),
        ]).canonical
    }

    /// What cannot be read is left out, and `verify` says so.
    static func course(_ text: String, _ names: inout Names) -> Course? {
        guard let json = try? JSON(reading: text.utf8) else { return nil }
        var course = Course()
        course.beganAt = json["began"]?.text.flatMap { Instant(text: $0) }
        for row in json["anchors"]?.elements ?? [] {
            guard let cells = row.elements, cells.count == 4, let lane = cells[0].text,
                let partner = cells[1].text, let at = cells[2].text.flatMap({ Instant(text: $0) }),
                let payments = cells[3].whole.flatMap({ Int32(exactly: $0) })
            else { continue }
            course.anchors.append(
                Course.Anchor(
                    lane: names.word(lane), partner: names.partner(partner), at: at, payments: payments))
        }
        for row in json["sums"]?.elements ?? [] {
            guard let cells = row.elements, cells.count == 4, let name = cells[0].text,
                let currency = cells[1].text.flatMap({ Currency($0) }), let first = cells[2].whole,
                let total = cells[3].whole
            else { continue }
            course.sums.append(
                Course.Sum(name: names.word(name), currency: currency, first: first, total: total))
        }
        for row in json["reached"]?.elements ?? [] {
            guard let cells = row.elements, cells.count == 2, let lane = cells[0].text,
                let conversion = cells[1].text
            else { continue }
            course.reached.append(
                Course.Reached(lane: names.word(lane), conversion: names.conversion(conversion)))
        }
        return course
    }
}
