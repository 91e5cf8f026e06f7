import Engine
import Values

/// Gives out the numbers that the engine works with, and knows what they stand for. A number means nothing
/// outside the fold it was given in.
package struct Names: Sendable {
    private struct Key: Hashable {
        let space: Space
        let text: String

        /// By bytes, as the database compares; Swift's own `==` takes two spellings of one letter for the
        /// same.
        static func == (a: Key, b: Key) -> Bool {
            a.space == b.space && a.text.isSame(as: b.text)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(space)
            text.hashBytes(into: &hasher)
        }
    }

    private var numbers: [Key: Int32] = [:]
    /// By space.
    private var texts: [[String]] = Array(repeating: [], count: Space.allCases.count)

    package init() {}

    package mutating func partner(_ id: String) -> Ref<Partner> { ref(id) }
    package mutating func link(_ id: String) -> Ref<Link> { ref(id) }
    package mutating func click(_ id: String) -> Ref<Click> { ref(id) }
    package mutating func coupon(_ id: String) -> Ref<Coupon> { ref(id) }
    package mutating func conversion(_ id: String) -> Ref<Conversion> { ref(id) }
    package mutating func mark(_ fact: String) -> Ref<Mark> { ref(fact) }
    package mutating func deal(_ fact: String) -> Ref<Deal> { ref(fact) }
    package mutating func statement(_ id: String) -> Ref<Statement> { ref(id) }
    package mutating func batch(_ id: String) -> Ref<Batch> { ref(id) }
    package mutating func person(_ id: String) -> Ref<Person> { ref(id) }
    package mutating func identity(_ key: String) -> Ref<Identity> { ref(key) }
    package mutating func visitor(_ id: String) -> Ref<Visitor> { ref(id) }
    package mutating func word(_ text: String) -> Symbol { ref(text) }

    package func text<Thing: Numbered>(_ ref: Ref<Thing>) -> String { text(ref.number, in: Thing.space) }
    package func text(_ number: Int32, in space: Space) -> String { texts[space.rawValue][Int(number)] }

    package func isFirst(_ tie: Tie) -> Bool {
        text(tie.first, in: tie.space).precedes(text(tie.second, in: tie.space))
    }

    private mutating func ref<Thing: Numbered>(_ text: String) -> Ref<Thing> {
        let key = Key(space: Thing.space, text: text)
        if let known = numbers[key] { return Ref(known) }
        let next = Int32(texts[Thing.space.rawValue].count)
        numbers[key] = next
        texts[Thing.space.rawValue].append(text)
        return Ref(next)
    }
}
