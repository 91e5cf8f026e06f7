import Commissions
import Conversions
import Engine
import Facts
import Partners
import Payouts
import Replay
import Tracking
import Values
import Work

extension Recorder {
    /// Fills the memory with what the engine asked for.
    mutating func load(_ wanted: [Wanted], for fact: FactRecord) throws {
        var days: [TallyKey] = []
        for want in wanted {
            if case .tally(let key) = want, key.isOneOfDays {
                days.append(key)
            } else {
                try load(want, for: fact)
            }
        }
        guard !days.isEmpty else { return }
        try keep()
        try TallyRows.load(days, into: &book, in: work)
    }

    private mutating func load(_ want: Wanted, for fact: FactRecord) throws {
        switch want {
        case .partner(let partner):
            try PartnerRows.load([partner], into: &book, in: work)
            try found(book.memory.partners[partner], "partner", book.names.text(partner))
        case .coupon(let code): try CouponRows.load([code], into: &book, in: work)
        case .customer(let identity): try CustomerRows.load([identity], into: &book, in: work)
        case .history(let identity):
            try keep()
            try ConversionRows.loadHistory(identity, into: &book, in: work)
            for conversion in book.memory.histories[identity] ?? [] { try loadEarnings(conversion) }
        case .sale(let conversion): try loadSale(conversion)
        case .evidence(let conversion): try loadEvidence(conversion, fact)
        case .dossier(let conversion):
            try ConversionRows.load(conversion, into: &book, in: work)
            try found(book.memory.dossiers[conversion], "conversion", book.names.text(conversion))
            try loadEarnings(conversion)
        case .holds(let conversion):
            try keep()
            try HoldRows.load(conversion, into: &book, in: work)
        case .tally(let key):
            try keep()
            try TallyRows.load(key, into: &book, in: work)
        case .ranks(let partner): try PartnerRows.load([partner], into: &book, in: work)
        case .net(let key):
            try keep()
            try NetRows.load(key, into: &book, in: work)
        case .open(let partner):
            try keep()
            try EarningRows.loadOpen(of: partner, into: &book, in: work)
            try HoldRows.loadOpen(of: partner, into: &book, in: work)
        case .clawbacks(let partner):
            try keep()
            try ClawbackRows.load(of: partner, into: &book, in: work)
        case .fund(let partner):
            try keep()
            try FundRows.load(of: partner, into: &book, in: work)
        case .deals(let account):
            try keep()
            try DealRows.load(account, into: &book, in: work)
        case .quotes(let currency, _):
            try keep()
            try RateRows.load(currency, into: &book, in: work)
        case .unpaid:
            try keep()
            try StatementRows.loadUnpaid(into: &book, in: work)
        case .batch(let batch):
            try BatchRows.load(batch, into: &book, in: work)
            try found(book.memory.batches[batch], "batch", book.names.text(batch))
        case .sum(let key):
            try keep()
            try loadEarnings(key.conversion)
            try found(book.memory.earnings[key], "earning", book.names.text(key.conversion))
        case .traffic(let query):
            try keepClicks()
            let links = try LinkQueries.links(of: book.names.text(query.partner), at: work.look)
            book.memory.traffic[query] = try TrafficQueries.count(
                query, links: links, into: &book, in: work)
        case .order, .account: preconditionFailure("the book has the names")
        }
    }

    mutating func loadEarnings(_ conversion: Ref<Conversion>) throws {
        try EarningRows.load(of: conversion, into: &book, in: work)
    }

    private func found<T>(_ value: T?, _ kind: String, _ id: String) throws {
        if value == nil { throw Refusal.notFound(kind: kind, id: id) }
    }

    /// A sale that was recorded before, from its fact.
    private mutating func loadSale(_ conversion: Ref<Conversion>) throws {
        let id = book.names.text(conversion)
        guard let kept = try FactLog.find("conversion", [id], in: work)[id] else {
            throw Refusal.notFound(kind: "conversion", id: id)
        }
        let fact = try FactReader(.store).stored(
            .conversion, id: id, at: kept.at, receivedAt: kept.receivedAt, body: kept.body)
        guard let sale = book.sale(of: fact, is: conversion) else { return }
        book.memory.sales[conversion] = sale
    }

    mutating func loadEvidence(_ conversion: Ref<Conversion>, _ fact: FactRecord) throws {
        try keepClicks()
        guard fact.asks(about: book.names.text(conversion)) else { return try loadWeighed(conversion) }
        var known = book.memory.sales[conversion] ?? book.sale(of: fact, is: conversion)
        if known == nil {
            try loadSale(conversion)
            known = book.memory.sales[conversion]
        }
        guard let sale = known, let reach = book.terms.reach(at: sale.at)
        else {
            // Before the terms began there is nothing to weigh; the engine says so.
            book.memory.evidence[conversion] = []
            return
        }
        let named = sale.click.map { book.names.text($0) }
        let visitor = sale.visitor.map { book.names.text($0) }
        let earliest = sale.at.moved(by: -reach)
        let clicks = try ClickRows.evidence(
            visitor: visitor, named: named, at: sale.at, within: reach,
            visits: visitor.flatMap { ground.clicks(of: $0, from: earliest, to: sale.at) },
            other: named.flatMap { ground.named[$0] }, in: work)
        try loadLinks(Set(clicks.compactMap(\.content.link)))
        book.present(clicks, for: conversion)
    }

    /// A conversion that another's arrival touches is weighed by the clicks of its last decision. Those that
    /// came since have a review of their own; so every decision names what it stood on, and `verify` can
    /// follow.
    private mutating func loadWeighed(_ conversion: Ref<Conversion>) throws {
        try keep()
        if book.memory.sales[conversion] == nil { try loadSale(conversion) }
        let decision = try DecisionRows.last(of: book.names.text(conversion), in: work)
        let weighed = try decision.map { Evidence.clickIDs(try JSON(reading: $0.utf8)) } ?? []
        let known = try ClickRows.find(Set(weighed), at: work.look)
        let clicks = weighed.compactMap { known[$0] }
        try loadLinks(Set(clicks.compactMap(\.content.link)))
        book.present(clicks, for: conversion)
    }

    /// Whose these links are.
    mutating func loadLinks(_ links: Set<String>) throws {
        let unknown = links.filter { book.memory.links[book.names.link($0)] == nil }
        for (link, owner) in try LinkQueries.owners(of: unknown, at: work.look) {
            book.show(link: link, of: owner.partner, owner.shares)
        }
    }

    func refuseOther(_ rate: RateContent) throws {
        let pendingTwin = pending.rates.contains { $0.currency == rate.currency && $0.day == rate.day }
        if pendingTwin {
            throw Refusal.invalid("/date", .because("has a rate of \(rate.currency.code) already"))
        }
        try RateRows.refuseOther(rate, in: work)
    }
}

extension FactRecord {
    /// Whether this fact itself has the conversion decided, with all clicks that are there.
    func asks(about conversion: String) -> Bool {
        switch content {
        case .conversion: id == conversion
        case .review(let of): of == conversion
        default: false
        }
    }
}
