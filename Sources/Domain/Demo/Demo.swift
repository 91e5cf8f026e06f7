import Values

/// The program that a new database shows: invented partners and a year of their work, made from a seed.
package enum Demo {
    package static var program: String { Embedded.files["program.yaml"] ?? "" }

    /// A year of facts, as lines of a facts file in the order of their `at`.
    ///
    /// The last day of the year is the one in which `endingAt` lies (UTC; midnight ends the day before), cut
    /// off at `endingAt`: hand in the present, and the last sales are of today. Within one day a later call
    /// only adds lines at the end.
    package static func facts(endingAt: Instant, seed: UInt64 = 1) -> [String] {
        let last = Day(number: Int32(floorDivide(endingAt.milliseconds - 1, 86_400_000)))
        let firstDay = last.adding(days: 1 - Year.days)
        var dice = Dice(seed: seed)
        let cast = Cast(&dice)
        var lines = FactLines(firstDay: firstDay, cast: cast)
        lines.add(rates(from: firstDay, &dice))
        lines.addPartners(&dice)
        var year = Year(firstDay: firstDay, cast: cast, dice: dice)
        year.pass()
        lines.add(year)
        return lines.ordered(until: endingAt)
    }

    /// What a euro costs in dollars and pounds on each weekday, in ten-thousandths: a walk that is drawn back
    /// to where it began.
    private static func rates(from firstDay: Day, _ dice: inout Dice) -> [DayRate] {
        var walk = [("USD", 1_1000, 1_1000), ("GBP", 8600, 8600)]
        var rates: [DayRate] = []
        for index in 0..<Year.days where firstDay.adding(days: index).weekday < 6 {
            for lane in walk.indices {
                let (currency, start, now) = walk[lane]
                walk[lane].2 = now + dice.between(-40, 40) + (start - now) / 25
                rates.append(DayRate(day: index, currency: currency, tenThousandths: walk[lane].2))
            }
        }
        return rates
    }
}

struct DayRate {
    /// Counted from the first day of the year.
    let day: Int
    let currency: String
    let tenThousandths: Int

    var text: String { "\(tenThousandths / 10_000).\(padded(tenThousandths % 10_000, 4))" }
}

/// `number` with zeros in front, `width` digits at least.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
