/// One thing that is wrong with a program file, or looks wrong: where it stands, and what would be right.
package struct Complaint: Hashable, Sendable {
    /// Line and column count from 1, columns in Unicode scalars.
    package let line: Int
    package let column: Int
    /// The keys that lead to it, such as `plans.standard[0].pay`; empty for the file as a whole.
    package let path: String
    /// Without the path when there is one: "must be …".
    package let message: String
    package let isWarning: Bool

    package init(line: Int, column: Int, path: String, message: String, isWarning: Bool = false) {
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.isWarning = isWarning
    }

    /// One sentence without its place.
    package var sentence: String { path.isEmpty ? message : "\(path) \(message)" }

    /// `program.yaml:12:7: error: plans.standard[0].pay must be …`, as compilers write it.
    package func text(in file: String = "program.yaml") -> String {
        "\(file):\(line):\(column): \(isWarning ? "warning" : "error"): \(sentence)"
    }
}

/// The file cannot be used: all that is wrong with it, warnings too, by place.
package struct ProgramFileRefusal: Error, Hashable, Sendable {
    package let complaints: [Complaint]
}

/// A place in the file.
struct Spot: Hashable, Comparable, Sendable {
    let line: Int
    let column: Int

    static let start = Spot(line: 1, column: 1)

    static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// Gathers what is wrong, so that all of it is told at once.
struct Complaints: Sendable {
    /// Enough to work on; a file of garbage is not answered with a book.
    static let complaintsMax = 100

    private var errors: [Complaint] = []
    private var warnings: [Complaint] = []

    var hasErrors: Bool { !errors.isEmpty }
    /// Whether more errors would not be told.
    var isFull: Bool { errors.count >= Self.complaintsMax }

    mutating func error(_ spot: Spot, _ path: String, _ message: String) {
        guard !isFull else { return }
        errors.append(Complaint(line: spot.line, column: spot.column, path: path, message: message))
    }

    mutating func warning(_ spot: Spot, _ path: String, _ message: String) {
        guard warnings.count < Self.complaintsMax else { return }
        warnings.append(
            Complaint(line: spot.line, column: spot.column, path: path, message: message, isWarning: true))
    }

    /// By place in the file, errors before warnings of the same place.
    var inOrder: [Complaint] {
        (errors + warnings).enumerated().sorted { a, b in
            (a.element.line, a.element.column, a.offset) < (b.element.line, b.element.column, b.offset)
        }
        .map(\.element)
    }
}
