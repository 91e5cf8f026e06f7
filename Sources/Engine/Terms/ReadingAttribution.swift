import Engine
import Values

extension Reader {
    mutating func attribution(_ item: Item?, into attribution: inout Attribution) {
        guard let item, var section = section(item) else { return }
        if let order = list(section.take("order"), { $0.word($1, of: ClaimClass.allCases) }) {
            attribution.order = order
        }
        if let click = section.take("click"), var inner = self.section(click) {
            attribution.clickWindow = window(inner.take("window")) ?? attribution.clickWindow
            model(inner.take("model"), into: &attribution)
            close(inner)
        }
        if let lead = section.take("lead"), var inner = self.section(lead) {
            attribution.leadWindow = window(inner.take("window")) ?? attribution.leadWindow
            close(inner)
        }
        if let coupon = section.take("coupon"), var inner = self.section(coupon) {
            attribution.couponRequiresClick = flag(inner.take("requires-click")) ?? false
            close(inner)
        }
        if let customer = section.take("customer"), var inner = self.section(customer) {
            attribution.bindExpires = days(offered(inner.take("expires"), by: .bindExpiry), from: 1)
            attribution.keepsTerms = flag(inner.take("keeps-terms")) ?? false
            close(inner)
        }
        if let limit = offered(section.take("guard"), by: .guardShare), var inner = self.section(limit) {
            attribution.maxShare = positiveShare(required("max-share", in: &inner))
            close(inner)
        }
        attribution.hold = hold(section.take("hold")) ?? attribution.hold
        close(section)
    }

    private mutating func model(_ item: Item?, into attribution: inout Attribution) {
        guard let text = text(item, max: 200), let item else { return }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first.flatMap(Attribution.Model.init(rawValue:)), parts.count) {
        case (.last?, 1): attribution.model = .last
        case (.first?, 1): attribution.model = .first
        case (.linear?, 1):
            if offers(text, of: item, by: .linear) { attribution.model = .linear }
        case (.position?, 2):
            guard offers(text, of: item, by: .position) else { return }
            attribution.model = .position
            attribution.position = position(parts[1])
            if attribution.position == nil {
                refuse(
                    item,
                    "must name three shares that make up 100, for the first touch, those between and the "
                        + "last, such as position 40/20/40, not \(shown(text))")
            }
        case (.decay?, 2):
            guard offers(text, of: item, by: .decay) else { return }
            attribution.model = .decay
            attribution.halfLife = span(parts[1])
            if attribution.halfLife == nil {
                refuse(
                    item,
                    "must name after how long a touch weighs half, from 1h to \(Self.daysMax)d, such as "
                        + "decay 7d, not \(shown(text))")
            }
        default:
            let hint = suggestion(text, Attribution.Model.allCases.map(\.rawValue))
            refuse(
                item,
                "must be last, first, linear, position 40/20/40 or decay 7d, not \(shown(text))\(hint)")
        }
    }

    private func position(_ text: String) -> Attribution.Position? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let shares = parts.compactMap { share("\($0)%", most: 100) }
        guard parts.count == 3, shares.count == 3,
            shares[0].adding(shares[1])?.adding(shares[2]) == .one
        else { return nil }
        return Attribution.Position(first: shares[0], middle: shares[1], last: shares[2])
    }
}
