import Engine
import Values

extension Reader {
    mutating func plans(_ item: Item?) -> [WrittenPlan] {
        guard let item, let members = members(item) else { return [] }
        var plans: [WrittenPlan] = []
        var next: UInt16 = 0
        for member in members {
            let entry = item.below(member)
            let key = Item(tree: Tree(content: .text(member.key), spot: member.spot), path: entry.path)
            let isSlug = slug(key) != nil
            var rules: [WrittenRule] = []
            switch entry.tree.content {
            case .list(let trees) where !trees.isEmpty:
                rules = self.rules(trees.enumerated().map { entry.at($0, $1) }, from: &next)
            default: refuse(entry, "must be a list of rules, each beginning with `- rule: …`")
            }
            // A plan with something wrong is kept, or every type that names it would be called wrong, too.
            if isSlug { plans.append(WrittenPlan(name: member.key, rules: rules)) }
        }
        return plans
    }

    private mutating func rules(_ items: [Item], from next: inout UInt16) -> [WrittenRule] {
        var rules: [WrittenRule] = []
        var names: Set<String> = []
        var covered: [String: String] = [:]
        for item in items {
            guard let rule = rule(item, number: next, &names) else { continue }
            warnOfSilence(rule, at: item, covered)
            if !rule.isAlso, rule.conditions.isEmpty {
                for event in rule.events where covered[event] == nil { covered[event] = rule.name }
            }
            // 1 MiB holds fewer than 50,000 rules, so the number cannot overflow.
            next += 1
            rules.append(rule)
        }
        return rules
    }

    private mutating func rule(_ item: Item, number: UInt16, _ names: inout Set<String>) -> WrittenRule? {
        guard var section = section(item) else { return nil }
        let nameItem = required("rule", in: &section)
        let name = slug(nameItem)
        if let name, let nameItem, !names.insert(name).inserted {
            refuse(nameItem, "must be unique in its plan; \(shown(name)) is taken")
        }
        var rule = WrittenRule(number: number, name: name ?? "")
        let hasName = section.members.contains { $0.key == "rule" }
        let on = hasName ? required("on", in: &section) : section.take("on")
        rule.events = list(on, single: true) { $0.event($1) } ?? []
        rule.conditions = conditions(section.take("when"))
        base(section.take("base"), into: &rule.base)
        pay(hasName ? required("pay", in: &section) : section.take("pay"), into: &rule)
        rule.hold = hold(section.take("hold"))
        rule.isAlso = flag(section.take("also")) ?? false
        if let refund = section.take("refund"), let text = text(refund, max: 200), text != "proportional" {
            refuse(refund, "must be proportional in this version, not \(shown(text))")
        }
        close(section)
        return name == nil ? nil : rule
    }

    private mutating func event(_ item: Item) -> String? {
        guard let text = text(item, max: 64) else { return nil }
        guard text != "click", text != "impression" else {
            refuse(
                item, "is not paid for in this version: a rule pays for conversions, such as sale or renewal")
            return nil
        }
        return text
    }

    private mutating func base(_ item: Item?, into base: inout Base) {
        guard let item, var section = section(item) else { return }
        let without = required("without", in: &section)
        if let parts = list(without, canBeEmpty: true, { $0.word($1, of: Part.allCases) }) {
            base.withoutTax = parts.contains(.tax)
            base.withoutShipping = parts.contains(.shipping)
            base.withoutDiscount = parts.contains(.discount)
            base.withoutFees = parts.contains(.fees)
        }
        close(section)
    }

    private enum Part: String, CaseIterable { case tax, shipping, discount, fees }

    private mutating func pay(_ item: Item?, into rule: inout WrittenRule) {
        guard let text = text(item, max: 200), let item else { return }
        if let rate = share(text, most: 100) {
            rule.pay = .percent(rate)
            rule.payText = text
        } else if !text.contains("%"), text.split(separator: " ").count <= 2 {
            guard let money = money(text, of: item) else { return }
            rule.pay = .flat(money)
            rule.payText = money.description
        } else {
            refuse(
                item,
                "must be a share up to 100% such as 20%, or an amount such as 50.00 USD, not \(shown(text))")
        }
    }
}

// MARK: when

extension Reader {
    private mutating func conditions(_ item: Item?) -> [WrittenCondition] {
        guard let item, var section = section(item) else { return [] }
        var conditions: [WrittenCondition] = []
        func add(_ condition: WrittenCondition?) {
            if let condition { conditions.append(condition) }
        }
        add(list(section.take("country"), single: true) { $0.country($1) }.map { .oneOf(.country, $0) })
        add(word(section.take("customer"), of: Customer.allCases).map { .plain(.customerIsNew($0 == .new)) })
        add(
            list(section.take("coupon"), single: true) { $0.text($1, max: 128)?.lowercased() }
                .map { .oneOf(.coupon, $0) })
        add(
            list(section.take("product"), single: true) { $0.text($1, max: 255) }.map { .oneOf(.product, $0) }
        )
        for lane in 0..<10 {
            let values = list(section.take("sub\(lane + 1)"), single: true) { $0.text($1, max: 255) }
            add(values.map { .oneOf(.sub(lane: lane), $0) })
        }
        add(comparison(section.take("amount")))
        let start = section.take("from")
        let end = section.take("until")
        add(moment(start, isEnd: false).map { .plain(.from($0)) })
        add(moment(end, isEnd: true).map { .plain(.until($0)) })
        conditions += metadata(section.take("metadata"))
        close(section)
        return conditions
    }

    private enum Customer: String, CaseIterable { case new, returning }

    private mutating func country(_ item: Item) -> String? {
        guard let text = text(item, max: 200) else { return nil }
        let code = text.uppercased()
        guard code.utf8.count == 2, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            refuse(item, "must be a country of two letters (ISO 3166-1), such as DE, not \(shown(text))")
            return nil
        }
        return code
    }

    private mutating func comparison(_ item: Item?) -> WrittenCondition? {
        guard let text = text(item, max: 200), let item else { return nil }
        // The longer signs first: `>=` begins with `>`.
        let signs = [Comparison.atLeast, .atMost, .more, .less]
        guard let sign = signs.first(where: { text.hasPrefix($0.rawValue) }) else {
            refuse(
                item, "must be a comparison such as \">= 50.00 USD\" with >=, >, <= or <, not \(shown(text))")
            return nil
        }
        return money(String(text.dropFirst(sign.rawValue.count)), of: item).map { .plain(.amount(sign, $0)) }
    }

    private mutating func metadata(_ item: Item?) -> [WrittenCondition] {
        guard let item, let members = members(item) else { return [] }
        return members.compactMap { member in
            list(item.below(member), single: true) { $0.text($1, max: 255) }
                .map { .oneOf(.metadata(key: member.key), $0) }
        }
    }
}

// MARK: Rules that never pay

extension Reader {
    private mutating func warnOfSilence(_ rule: WrittenRule, at item: Item, _ covered: [String: String]) {
        let starts = rule.conditions.compactMap { condition in
            if case .plain(.from(let instant)) = condition { instant } else { nil }
        }
        let ends = rule.conditions.compactMap { condition in
            if case .plain(.until(let instant)) = condition { instant } else { nil }
        }
        if let start = starts.first, let end = ends.first, start >= end {
            complaints.warning(
                item.tree.spot, item.path, "can never match: its `from` is not before its `until`")
        }
        let takers = rule.events.compactMap { covered[$0] }
        guard !rule.isAlso, !takers.isEmpty, takers.count == rule.events.count else { return }
        let names = joined(takers.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.map(shown))
        complaints.warning(
            item.tree.spot, item.path,
            "can never match: \(names) above takes all its events without a condition; put this first, "
                + "or add `also: true`")
    }
}
