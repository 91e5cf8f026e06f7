import Values

/// The whole engine: what follows from one fact, under the terms, given what is remembered.
///
/// Pure: no clock, no database, and nothing in `memory` changes; `Memory.apply` does that with the outcome.
/// Live, `simulate` and `verify` all come here.
/// - Parameter outcome: is filled; it is empty. What it holds after a throw means nothing.
/// - Throws: `Stop.unknown` for what a partial memory was not given; `Stop.refused`.
package func judge(
    _ fact: Fact, _ terms: TermsHistory, _ memory: Memory, into outcome: inout Outcome
) throws(Stop) {
    switch fact.what {
    case .conversion(let sale): try memory.convert(sale, terms, into: &outcome)
    case .review(let conversion): try memory.review(conversion, terms, into: &outcome)
    case .refund(let conversion, let amount):
        try memory.refund(conversion, amount, at: fact.at, terms, into: &outcome)
    case .rejection(let conversion): try memory.reject(conversion, at: fact.at, terms, into: &outcome)
    case .hold(let conversion, let mark):
        try memory.mark(HoldMark(mark, at: fact.at, isHold: true), on: conversion, into: &outcome)
    case .release(let conversion, let mark):
        try memory.mark(HoldMark(mark, at: fact.at, isHold: false), on: conversion, into: &outcome)
    case .partner(let joining):
        outcome.changes.append(.partner(Membership(joining: joining)))
        outcome.changes.append(.ranks(joining.partner, joining.rank.map { [$0] } ?? []))
    case .tier(let partner, let mark): try memory.give(mark, to: partner, into: &outcome)
    case .departure(let partner): try memory.leave(partner, at: fact.at, into: &outcome)
    case .coupon(let grant): outcome.changes.append(.coupon(grant))
    case .registration(let registration, let account):
        try memory.add(registration, to: account, into: &outcome)
    case .assist(let assist, let account): try memory.add(assist, to: account, into: &outcome)
    case .claim(let claim): try memory.pay(claim, at: fact.at, terms, into: &outcome)
    case .rate(let quote): outcome.changes.append(.quote(quote))
    case .settlement(let partner, let from):
        try memory.closeBudgets(of: partner, asOf: fact.at, terms, into: &outcome)
        try memory.lapseFund(of: partner, asOf: fact.at, terms, into: &outcome)
        var settling = try Settling(partner, from: from, asOf: fact.at, terms, memory, after: outcome)
        try settling.run(into: &outcome)
    case .batch(let batch, let person):
        try openBatch(batch, by: person, at: fact.at, terms, memory, into: &outcome)
    case .batchApproval(let batch, let person):
        try approve(batch, by: person, at: fact.at, memory, into: &outcome)
    case .payoutResult(let batch, let results):
        try answer(batch, results, at: fact.at, memory, into: &outcome)
    }
    try memory.payBonuses(at: fact.at, terms, into: &outcome)
    try memory.reopen(at: fact.at, terms, into: &outcome)
}

extension Memory {
    fileprivate func leave(_ partner: Ref<Partner>, at instant: Instant, into outcome: inout Outcome)
        throws(Stop)
    {
        guard var membership = try membership(partner) else {
            throw .refused(.notFound(kind: "partner", id: "of this departure"))
        }
        membership.leftAt = min(membership.leftAt ?? instant, instant)
        outcome.changes.append(.partner(membership))
    }

    /// A hold or a release, which counts from its own instant on, whichever of them arrives first.
    fileprivate func mark(_ new: HoldMark, on conversion: Ref<Conversion>, into outcome: inout Outcome)
        throws(Stop)
    {
        var dossier = try dossier(conversion)
        var marks = try holdMarks(conversion)
        var index = marks.count
        while index > 0, try precedes(new, marks[index - 1]) { index -= 1 }
        marks.insert(new, at: index)
        let isHeld = marks.last?.isHold ?? false
        outcome.changes.append(.holds(conversion, marks))
        dossier.isHeld = isHeld
        outcome.dossiers.append(dossier)
        for var earning in earnings[conversion] {
            if new.isHold, isHeld, earning.state == .stated, earning.posted != 0 {
                throw .refused(.wrongState(is: "on a statement already", must: "on none to be held"))
            }
            earning.isHeld = isHeld
            outcome.keep(earning)
        }
    }

    private func precedes(_ a: HoldMark, _ b: HoldMark) throws(Stop) -> Bool {
        a.at != b.at ? a.at < b.at : try isFirst(Tie(a.mark, b.mark))
    }
}
