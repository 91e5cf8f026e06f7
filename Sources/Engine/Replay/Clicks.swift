import Engine
import Facts
import Values

/// A click as it was stored or handed in.
package struct SeenClick: Sendable {
    package let id: String
    package let at: Instant
    package let content: ClickContent

    package init(id: String, at: Instant, content: ClickContent) {
        self.id = id
        self.at = at
        self.content = content
    }

    /// Where it stands among the clicks of a program: by instant, then by id.
    package static func precedes(_ a: SeenClick, _ b: SeenClick) -> Bool {
        a.at != b.at ? a.at < b.at : a.id.precedes(b.id)
    }
}

extension Book {
    /// Shows the engine a click among those of its visitor, for a memory that has them all.
    package mutating func show(_ click: SeenClick) {
        let touch = click.content.touch(click.id, at: click.at, &names)
        guard let visitor = click.content.visitor.map({ names.visitor($0) }) else {
            return memory.touches.show(touch)
        }
        let known = names
        memory.touches.show(touch, by: visitor) { known.isFirst(Tie($0, $1)) }
    }

    /// Puts clicks before the engine, in whatever order, as the evidence of `conversion`.
    package mutating func present(_ clicks: [SeenClick], for conversion: Ref<Conversion>) {
        var evidence: [Ref<Click>] = []
        for click in clicks {
            let touch = click.content.touch(click.id, at: click.at, &names)
            memory.touches.show(touch)
            evidence.append(touch.click)
        }
        present(evidence, for: conversion)
    }

    /// The same with clicks by id, of a memory that has them all.
    /// - Returns: whether all are there.
    package mutating func present(ids: [String], for conversion: Ref<Conversion>) -> Bool {
        let clicks = ids.map { names.click($0) }
        let known = clicks.filter(memory.touches.contains)
        present(known, for: conversion)
        return known.count == clicks.count
    }

    private mutating func present(_ clicks: [Ref<Click>], for conversion: Ref<Conversion>) {
        memory.evidence[conversion] = clicks.sorted { a, b in
            let (x, y) = (memory.touches.at(a), memory.touches.at(b))
            return x != y ? x > y : names.isFirst(Tie(b, a))
        }
    }

    /// The ids of all clicks that the terms let speak at a sale, of a memory that has every click.
    package mutating func witnesses(of sale: Sale, within reach: Span) -> [String] {
        while true {
            do {
                return try memory.witnesses(of: sale, within: reach).map { names.text($0) }
            } catch {
                guard case .unknown(let wanted) = error, resolve(wanted).isEmpty else { return [] }
            }
        }
    }
}
