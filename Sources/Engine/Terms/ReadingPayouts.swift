import Engine
import Facts
import Values

extension Reader {
    mutating func payouts(_ item: Item?, into file: inout ProgramFile) {
        guard let item, var section = section(item) else { return }
        file.payouts.schedule = word(section.take("schedule"), of: Schedule.allCases) ?? .monthly
        file.payouts.netDays = whole(section.take("net-days"), 0...365) ?? file.payouts.netDays
        file.payouts.thresholds = thresholds(section.take("threshold"))
        rate(section.take("rate"), into: &file)
        clawback(section.take("clawback"), into: &file.payouts)
        approval(section.take("approval"), into: &file.payouts)
        if let from = section.take("from"), var rails = self.section(from) {
            file.payer = payer(required("sepa", in: &rails))
            close(rails)
        }
        close(section)
    }

    private mutating func thresholds(_ item: Item?) -> [Money] {
        guard let item, let members = members(item) else { return [] }
        return members.compactMap { member in
            let entry = item.below(member)
            let key = Item(tree: Tree(content: .text(member.key), spot: member.spot), path: entry.path)
            guard let currency = currency(key) else { return nil }
            return money(entry, in: currency)
        }
    }

    private mutating func rate(_ item: Item?, into file: inout ProgramFile) {
        guard let item, var section = section(item) else { return }
        file.rateSource = word(section.take("source"), of: ProgramFile.RateSource.allCases) ?? .ecb
        let fixed = section.take("fixed")
        if let day = word(fixed, of: RateDay.allCases), day == .conversion, let fixed {
            file.payouts.rateAtConversion = offers(day.rawValue, of: fixed, by: .rateAtConversion)
        }
        file.payouts.spread = percent(section.take("spread"), most: 50) ?? .zero
        close(section)
    }

    private enum RateDay: String, CaseIterable { case statement, conversion }

    private mutating func clawback(_ item: Item?, into payouts: inout PayoutTerms) {
        guard let item, var section = section(item) else { return }
        payouts.offset = percent(section.take("offset"), most: 100) ?? .one
        payouts.writeOffAfter = days(section.take("write-off-after"), from: 1)
        close(section)
    }

    /// How many people beside the maker approve a batch, and how many above a limit.
    private mutating func approval(_ item: Item?, into payouts: inout PayoutTerms) {
        guard let item, var section = section(item) else { return }
        payouts.people = whole(section.take("people"), 1...5) ?? 1
        payouts.peopleAbove = payouts.people
        let above = section.take("above")
        let then = section.take("then")
        payouts.above = money(above)
        if let count = whole(then, 1...5), let then {
            payouts.peopleAbove = count
            if count < payouts.people {
                refuse(then, "must not be less than `people`, which is \(payouts.people)")
            }
        }
        if let above, then == nil { refuse(above, "needs `then`: how many people approve above it") }
        if let then, above == nil { refuse(then, "needs `above`: the amount from which it counts") }
        close(section)
    }

    private mutating func payer(_ item: Item?) -> ProgramFile.Payer? {
        guard let item, var section = section(item) else { return nil }
        let name = text(required("name", in: &section), max: 70)
        let ibanItem = required("iban", in: &section)
        let iban = text(ibanItem, max: 42)?.filter { $0 != " " }.uppercased()
        if let iban, let ibanItem, let why = IBAN.fault(iban) { refuse(ibanItem, "is not an IBAN: \(why)") }
        let bicItem = section.take("bic")
        let bic = text(bicItem, max: 11)?.uppercased()
        if let bic, let bicItem, !BIC.isValid(bic) {
            refuse(bicItem, "is not a BIC (ISO 9362), such as BYLADEM1001")
        }
        close(section)
        guard let name, let iban else { return nil }
        return ProgramFile.Payer(name: name, iban: iban, bic: bic)
    }
}
