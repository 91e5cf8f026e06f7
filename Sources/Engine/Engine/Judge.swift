import Values

/// The whole engine: what follows from one fact, under the terms, given what is remembered.
///
/// Pure: no clock, no database, and nothing in `memory` changes; `Memory.apply` does that with the outcome.
/// Live, `simulate` and `verify` all come here.
/// - Throws: `Stop.unknown` for what a partial memory was not given; `Stop.refused`.
package func judge(_ fact: Fact, _ terms: TermsHistory, _ memory: Memory) throws(Stop) -> Outcome {
    switch fact.what {
    case .partner(let joining):
        var outcome = Outcome()
        outcome.changes.append(.partner(Membership(joining: joining)))
        return outcome
    case .departure(let partner): return try leave(partner, at: fact.at, memory)
    case .coupon(let grant):
        var outcome = Outcome()
        outcome.changes.append(.coupon(grant))
        return outcome
    case .rate(let quote):
        var outcome = Outcome()
        outcome.changes.append(.quote(quote))
        return outcome
    case .conversion(let sale): return try Deciding(terms, memory).convert(sale)
    case .review(let conversion): return try Deciding(terms, memory).review(conversion)
    case .refund(let conversion, let amount):
        return try refund(conversion, amount, at: fact.at, memory)
    case .rejection(let conversion): return try reject(conversion, at: fact.at, memory)
    case .hold(let conversion, let place):
        return try mark(HoldMark(place: place, isHold: true), on: conversion, memory)
    case .release(let conversion, let place):
        return try mark(HoldMark(place: place, isHold: false), on: conversion, memory)
    case .settlement(let partner, let from):
        return try Settling(partner, from: from, asOf: fact.at, terms, memory).run()
    case .batch(let batch, let person): return try openBatch(batch, by: person, at: fact.at, terms, memory)
    case .batchApproval(let batch, let person): return try approve(batch, by: person, at: fact.at, memory)
    case .payoutResult(let batch, let results): return try answer(batch, results, at: fact.at, memory)
    }
}

private func leave(_ partner: Ref<Partner>, at instant: Instant, _ memory: Memory) throws(Stop) -> Outcome {
    guard var membership = try memory.membership(partner) else {
        throw .refused(.notFound(kind: "partner", id: "of this departure"))
    }
    var outcome = Outcome()
    membership.leftAt = min(membership.leftAt ?? instant, instant)
    outcome.changes.append(.partner(membership))
    return outcome
}

/// A hold or a release, which counts from its own instant on, whichever of them arrives first.
private func mark(_ new: HoldMark, on conversion: Ref<Conversion>, _ memory: Memory) throws(Stop) -> Outcome {
    var dossier = try memory.dossier(conversion)
    var marks = try memory.holdMarks(conversion)
    marks.insert(new, at: marks.firstIndex { new.place < $0.place } ?? marks.count)
    let isHeld = marks.last?.isHold ?? false
    var outcome = Outcome()
    outcome.changes.append(.holds(conversion, marks))
    dossier.isHeld = isHeld
    outcome.changes.append(.dossier(dossier))
    for key in dossier.earnings {
        var earning = try memory.earning(key)
        if new.isHold, isHeld, earning.state == .stated, earning.posted != 0 {
            throw .refused(.wrongState(is: "on a statement already", must: "on none to be held"))
        }
        earning.isHeld = isHeld
        outcome.changes.append(.earning(earning))
    }
    return outcome
}
