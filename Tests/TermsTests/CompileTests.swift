import Engine
import Facts
import Foundation
import Terms
import Testing
import Values

@Suite("A program file compiled")
struct CompileTests {
    @Test("has the documented defaults where it says nothing")
    func defaults() throws {
        var names = Names()
        let file = try ProgramFile.read(small)
        let terms = file.compile(version: 1, effectiveAt: nil, &names)
        #expect(
            file.name == "acme" && file.destinations.isEmpty && file.payer == nil && file.warnings.isEmpty)
        #expect(file.typeNames == ["affiliate"] && file.planNames == ["standard"])
        #expect(file.types.map(\.approval) == [.automatic] && file.rateSource == .ecb)
        #expect(terms.version == 1 && terms.effectiveAt == nil)
        #expect(terms.currency == .usd && terms.zone == .utc && terms.rounding == .halfEven)
        #expect(terms.attribution.order == [.override, .registration, .customer, .lead, .coupon, .click])
        #expect(terms.attribution.clickWindow == .days(30) && terms.attribution.model == .last)
        #expect(!terms.attribution.couponRequiresClick && terms.attribution.hold == .days(30))
        #expect(terms.payouts.schedule == .monthly && terms.payouts.netDays == 15)
        #expect(
            terms.payouts.thresholds.isEmpty && terms.payouts.spread == .zero && terms.payouts.offset == .one)
        #expect(terms.payouts.people == 1 && terms.payouts.above == nil)
        let rule = try #require(terms.rule(0))
        #expect(rule.events == [names.word("sale")] && rule.conditions.isEmpty && rule.base == Base())
        #expect(rule.pay == .percent(Fraction(1, 5)!) && rule.hold == nil && !rule.isAlso)
    }

    @Test("has all that it says")
    func everything() throws {
        var names = Names()
        let yaml = try ProgramFile.read(
            """
            program: shop-2
            name: NO
            currency: KWD
            timezone: Asia/Kuwait
            destinations: [Acme.test, "*.acme.test", localhost]
            attribution:
              order: [coupon, click]
              click: {window: 36h, model: first}
              lead: {window: 180d}
              coupon: {requires-click: true}
              hold: 0d
            partners:
              technology: {plan: tech, approval: two-people}
            plans:
              tech:
                - {rule: no, on: on, pay: 1.234}
            payouts:
              schedule: twice-monthly
              net-days: 0
              threshold: {KWD: 10.5, JPY: "5000"}
              rate: {source: manual, fixed: statement, spread: 2.5%}
              clawback: {offset: 50%, write-off-after: 180d}
              approval: {people: 2, above: 10000.00 USD, then: 3}
              from: {sepa: {name: Acme GmbH, iban: de02 1203 0000 0000 2020 51, bic: bylademm}}
            rounding: half-up
            """)
        let terms = yaml.compile(version: 7, effectiveAt: .latest, &names)
        #expect(yaml.slug == "shop-2" && yaml.name == "NO" && yaml.typeNames == ["technology"])
        #expect(yaml.destinations == ["acme.test", "*.acme.test", "localhost"])
        #expect(yaml.payer?.name == "Acme GmbH" && yaml.payer?.iban == "DE02120300000000202051")
        #expect(yaml.payer?.bic == "BYLADEMM")
        #expect(yaml.types.first?.approval == .twoPeople && yaml.rateSource == .manual)
        #expect(terms.version == 7 && terms.effectiveAt == .latest && terms.currency == .kwd)
        #expect(terms.zone.name == "Asia/Kuwait" && terms.rounding == .halfUp)
        #expect(terms.attribution.order == [.coupon, .click] && terms.attribution.model == .first)
        #expect(terms.attribution.clickWindow == .seconds(36 * 3600) && terms.attribution.couponRequiresClick)
        #expect(terms.attribution.hold == .days(0))
        #expect(terms.payouts.schedule == .twiceMonthly && terms.payouts.netDays == 0)
        #expect(terms.payouts.thresholds == [Money(10_500, .kwd), Money(5000, .jpy)])
        #expect(terms.payouts.spread == Fraction(1, 40) && terms.payouts.offset == Fraction(1, 2))
        #expect(terms.payouts.people == 2 && terms.payouts.peopleAbove == 3)
        #expect(terms.payouts.above == Money(10_000_00, .usd))
        #expect(
            terms.rule(0)?.pay == .flat(Money(1_234, .kwd)) && terms.rule(0)?.events == [names.word("on")])
        #expect(yaml.ruleName(0) == "no" && yaml.payText(0) == "1.234 KWD")
    }

    @Test("numbers its rules over all plans in file order")
    func numbers() throws {
        var names = Names()
        let file = try ProgramFile.read(
            small
                + "    - {rule: lead, on: lead, pay: 5}\n"
                + "  other:\n    - {rule: sale, on: sale, pay: 12.50% }\n"
        )
        #expect((0..<3).map { file.ruleName($0) } == ["sale", "lead", "sale"])
        #expect((0..<3).map { file.payText($0) } == ["20%", "5.00 USD", "12.50%"])
        #expect(file.ruleName(3) == "rule-3" && file.payText(3) == "")
        let terms = file.compile(version: 1, effectiveAt: nil, &names)
        #expect(terms.plans.map { $0.rules.map(\.number) } == [[0, 1], [2]])
        #expect(terms.rules(type: names.word("affiliate"), plan: nil).map(\.number) == [0, 1])
        #expect(terms.rules(type: names.word("affiliate"), plan: names.word("other")).map(\.number) == [2])
    }

    @Test("keeps its conditions: countries in capitals, codes trimmed and lowered, others as written")
    func conditions() throws {
        var names = Names()
        let yaml = ruled(
            "when:", "  country: [no, De]", "  customer: returning", "  coupon: SAVE10",
            "  product: [Pro, 007]",
            "  sub10: [A]", "  amount: \"<=10.50\"", "  metadata: {Size: XL, on: [1.0, yes]}")
        let rule = try #require(ProgramFile.read(yaml).compile(version: 1, effectiveAt: nil, &names).rule(0))
        let texts = rule.conditions.map { condition in
            switch condition {
            case .customerIsNew(let isNew): "new \(isNew)"
            case .country(let words): "country \(words.map { names.text($0) })"
            case .product(let words): "product \(words.map { names.text($0) })"
            case .sku(let words): "sku \(words.map { names.text($0) })"
            case .category(let words): "category \(words.map { names.text($0) })"
            case .tier(let words): "tier \(words.map { names.text($0) })"
            case .coupon(let words): "coupon \(words.map { names.text($0) })"
            case .sub(let lane, let words): "sub \(lane) \(words.map { names.text($0) })"
            case .metadata(let key, let words): "\(names.text(key)) \(words.map { names.text($0) })"
            case .amount(let sign, let money): "\(sign.rawValue) \(money)"
            case .from(let instant): "from \(instant.text)"
            case .until(let instant): "until \(instant.text)"
            }
        }
        #expect(
            texts == [
                #"country ["NO", "DE"]"#, "new false", #"coupon ["save10"]"#, #"product ["Pro", "007"]"#,
                #"sub 9 ["A"]"#, "<= 10.50 USD", #"Size ["XL"]"#, #"on ["1.0", "yes"]"#,
            ])
    }

    @Test(
        "takes days in the program's zone, the last one whole, also where the clock changes",
        arguments: [
            ("UTC", "2026-11-27", "2026-12-24", "2026-11-27T00:00:00.000Z", "2026-12-25T00:00:00.000Z"),
            (
                "Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00:00.000Z",
                "2026-03-29T22:00:00.000Z"
            ),
            (
                "Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00:00.000Z",
                "2026-10-25T23:00:00.000Z"
            ),
            (
                "America/Santiago", "2026-09-05", "2026-09-05", "2026-09-05T04:00:00.000Z",
                "2026-09-06T04:00:00.000Z"
            ),
            (
                "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00+01:00",
                "2026-01-01T00:00:00.000Z",
                "2026-01-31T23:00:00.000Z"
            ),
        ])
    func moments(_ zone: String, _ from: String, _ until: String, _ start: String, _ end: String) throws {
        var names = Names()
        let yaml = ruled("when: {from: \(from), until: \(until)}").replacing(
            "currency: USD", with: "currency: USD\ntimezone: \(zone)")
        let rule = try #require(ProgramFile.read(yaml).compile(version: 1, effectiveAt: nil, &names).rule(0))
        let moments = rule.conditions.map { condition in
            switch condition {
            case .from(let instant), .until(let instant): instant.text
            default: ""
            }
        }
        #expect(moments == [start, end])
    }

    @Test("bases leave out what they name; naming nothing takes everything and adds the discount back")
    func bases() throws {
        func base(_ line: String) throws -> Base? {
            var names = Names()
            return try ProgramFile.read(ruled(line)).compile(version: 1, effectiveAt: nil, &names).rule(0)?
                .base
        }
        let nothing = try #require(try base("base: {without: []}"))
        #expect(
            !nothing.withoutTax && !nothing.withoutShipping && !nothing.withoutFees
                && !nothing.withoutDiscount)
        let fees = try #require(try base("base: {without: [fees, tax]}"))
        #expect(fees.withoutTax && !fees.withoutShipping && fees.withoutFees && !fees.withoutDiscount)
    }

    @Test("bears the hash of its bytes")
    func hash() throws {
        let file = try ProgramFile.read(small)
        #expect(file.yaml == small && file.hash == Digest.hex(small))
        #expect(try ProgramFile.read(small + "# x\n").hash != file.hash)
    }

    @Test("the example in examples/shop.yaml is right")
    func example() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let yaml = try String(contentsOf: root.appending(path: "examples/shop.yaml"), encoding: .utf8)
        let file = try ProgramFile.read(yaml)
        #expect(file.slug == "shop" && file.warnings.isEmpty)
    }
}
