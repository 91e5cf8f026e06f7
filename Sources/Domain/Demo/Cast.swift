import Values

/// Seconds since the year began.
typealias Second = Int

let aDay: Second = 86_400
let anHour: Second = 3600

/// The partners of the demo, from `partners.csv`, in the order in which they joined.
struct Cast {
    let players: [Player]

    init(_ dice: inout Dice) {
        let rows = (Embedded.files["partners.csv"] ?? "").split(separator: "\n").dropFirst()
        players = rows.enumerated().map { index, row in
            Player(row.split(separator: ",", omittingEmptySubsequences: false).map(String.init), index, &dice)
        }
    }
}

struct Player {
    let id: String
    let name: String
    let type: String
    let country: String
    let currency: String?
    let rail: String?
    let code: String?
    let discount: Int
    /// How many people it reaches, beside the others.
    let reach: Int
    let joined: Second
    let left: Second?
    let iban: String?
    let slugs: [String]

    /// Partners whose year begins with the program; the others join over the months.
    private static let founders = 24

    init(_ columns: [String], _ index: Int, _ dice: inout Dice) {
        precondition(columns.count == 9, "partners.csv has nine columns")
        func filled(_ column: Int) -> String? { columns[column].isEmpty ? nil : columns[column] }
        id = columns[0]
        name = columns[1]
        type = columns[2]
        country = columns[3]
        currency = filled(4)
        rail = filled(5)
        code = filled(6)
        discount = Int(columns[7].dropLast()) ?? 0
        reach = Int(columns[8]) ?? 1
        let late = index - Player.founders
        joined = late < 0 ? 6 * anHour + index * 420 : (9 + late * 14) * aDay + dice.between(8, 17) * anHour
        left = id == "rabattfuchs" ? 251 * aDay + 9 * anHour : nil
        iban = rail == "sepa" ? Player.iban(country, &dice) : nil
        let id = id
        slugs = ["", "-pricing", "-gateway"].prefix(reach / 5 + 1).map { id + $0 }
    }

    /// Its code is given out a while after it joined.
    var codeGiven: Second { joined + 2 * anHour }

    /// Whether its links are clicked: people find those of a partner that left for some weeks yet.
    func isSeen(at second: Second) -> Bool {
        joined + aDay / 2 < second && second < (left ?? .max - 20 * aDay) + 20 * aDay
    }

    /// A number that passes every check and belongs to nobody: banks are not numbered from zero.
    private static func iban(_ country: String, _ dice: inout Dice) -> String {
        let lengths = [
            ("DE", 18), ("AT", 16), ("ES", 20), ("FR", 23), ("NL", 14), ("BE", 12), ("FI", 14), ("IE", 18),
            ("IT", 23),
        ]
        let length = lengths.first { $0.0 == country }?.1 ?? 18
        let head = ["NL": "TEST00", "IE": "TEST00", "IT": "X0000"][country] ?? "0000"
        let account = (head.count..<length).reduce(into: head) { text, _ in text += String(dice.below(10)) }
        return "\(country)\(padded(98 - remainder(account + country + "00"), 2))\(account)"
    }

    /// Modulo 97, letters counting from A = 10 (ISO 7064).
    private static func remainder(_ text: String) -> Int {
        text.utf8.reduce(0) { rest, byte in
            byte < 65 ? (rest * 10 + Int(byte) - 48) % 97 : (rest * 100 + Int(byte) - 55) % 97
        }
    }
}
