import Engine
import Facts
import Values

extension Book {
    /// One step on the way from a base to what is due, as a line tells it.
    /// - Parameter currency: the line's.
    func put(_ working: Working, _ currency: Currency, in text: inout JSONText) {
        switch working {
        case .items(let base): put("items", base, in: &text)
        case .rest(let base): put("rest", base, in: &text)
        case .promise(let promise):
            text.put("step", "pay")
            text.put("pay", words(of: promise))
        case .measure(let measure):
            text.put("step", "quantity")
            text.put("quantity", measure.quantity.decimalText ?? measure.quantity.text)
            text.put("unit", names.text(measure.unit))
        case .renewal(let payments):
            text.put("step", "renewal")
            text.put("payments_before", Int64(payments))
        case .step(let step, let before):
            text.put("step", "tier")
            text.put("tier", Int64(step) + 1)
            text.put("before", before)
        case .trueUp(let step, let target):
            text.put("step", "true_up")
            text.put("tier", Int64(step) + 1)
            text.put("amount", target.description)
        case .slices(let left, let own):
            text.put("step", "slices")
            text.put("amount", left.description(currency))
            text.put("own", own.description(currency))
        case .component(let name, let amount):
            put("component", amount, in: &text)
            text.put("name", names.text(name))
        case .deduction(let name, let amount):
            put("deduction", amount, in: &text)
            text.put("name", names.text(name))
        case .net(let amount): put("net", amount, in: &text)
        case .period(let standing): put(standing, in: &text)
        case .points(let points):
            text.put("step", "points")
            text.put("points", points.percentText)
        case .times(let factor):
            text.put("step", "times")
            text.put("times", factor.decimalText ?? factor.text)
        case .guarded(let before, let after):
            text.put("step", "guard")
            text.put("from", before.description)
            text.put("amount", after.description)
        case .visits(let count, let exact):
            text.put("step", "visits")
            text.put("count", count)
            text.put("amount", exact.description(currency))
        case .accrued(let exact): put("accrued", exact, currency, in: &text)
        case .broughtForward(let exact): put("brought_forward", exact, currency, in: &text)
        case .leftOver(let exact): put("left_over", exact, currency, in: &text)
        case .minimum(let exact, let least): put("minimum", least, from: exact, in: &text)
        case .maximum(let exact, let most): put("maximum", most, from: exact, in: &text)
        case .reached, .shared, .cap, .level, .share, .ceiling, .margin, .uplift, .sold, .assist,
            .fund, .claim:
            putBeside(working, in: &text)
        }
    }

    /// A step of what stands beside rules: bonuses, caps, levels, margins, assists and funds.
    private func putBeside(_ working: Working, in text: inout JSONText) {
        switch working {
        case .reached(let goal, let value):
            text.put("step", "bonus")
            switch goal {
            case .count(let least):
                text.put("reached", String(value))
                text.put("goal", String(least))
            case .revenue(let least):
                text.put("reached", Money(value, least.currency).description)
                text.put("goal", least.description)
            }
        case .shared(let cap, let asked):
            text.put("step", "shared_cap")
            text.put("period", cap.period.word)
            text.put("amount", cap.amount.description)
            text.put("asked", asked.description)
        case .cap(let cap):
            text.put("step", "cap")
            text.put("per", cap.scope.rawValue)
            text.put("period", cap.period.word)
            text.put("amount", cap.amount.description)
        case .level(let level, let measure):
            text.put("step", "level")
            text.put("level", Int64(level))
            text.put("of", measure.description)
        case .share(let share, let asked):
            text.put("step", "share")
            text.put("share", share.percentText)
            text.put("amount", asked.description)
        case .ceiling(let asked, let left):
            text.put("step", "ceiling")
            text.put("from", asked.description)
            text.put("amount", left.description)
        case .margin(let share, let price):
            text.put("step", "margin")
            text.put("share", share.percentText)
            text.put("of", price.description)
        case .uplift(let share, let combination):
            text.put("step", "uplift")
            text.put("share", share.percentText)
            text.put("combine", combination.rawValue)
        case .sold(let margin): put("sold", margin, in: &text)
        case .assist(let base): put("assist", base, in: &text)
        case .fund(let base): put("fund", base, in: &text)
        case .claim(let asked, let available):
            put("claim", asked, in: &text)
            text.put("available", available.description)
        default: preconditionFailure("a step of a rule is told with the rule")
        }
    }

    private func put(_ step: String, _ money: Money, from exact: Exact? = nil, in text: inout JSONText) {
        text.put("step", step)
        if let exact { text.put("from", exact.description(money.currency)) }
        text.put("amount", money.description)
    }

    private func put(_ standing: NetStanding, in text: inout JSONText) {
        func words(_ minor: Int64) -> String { Money(minor, standing.currency).description }
        text.put("step", "period")
        text.put("start", Day(number: standing.start).text)
        text.put("revenue", words(standing.revenue))
        if standing.carried != 0 { text.put("carried", words(standing.carried)) }
        if standing.owed != 0 { text.put("carried_commission", words(standing.owed)) }
        text.put("due", words(standing.due))
    }

    private func put(_ step: String, _ exact: Exact, _ currency: Currency, in text: inout JSONText) {
        text.put("step", step)
        text.put("amount", exact.description(currency))
    }

    private func words(of promise: Promise) -> String {
        switch promise {
        case .percent(let rate): return rate.percentText
        case .flat(let reward): return reward.description
        case .each(let price):
            let each = "\(price.exact.decimalText ?? price.exact.text) \(price.currency.code)"
            switch price.per {
            case .unit(let unit): return "\(each) per \(names.text(unit))"
            case .click: return "\(each) per click"
            case .thousandImpressions: return "\(each) per 1000 impressions"
            }
        }
    }
}
