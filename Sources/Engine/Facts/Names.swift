import Engine
import Values

/// Gives out the numbers that the engine works with, and knows what they stand for. A number means nothing
/// outside the fold it was given in.
package struct Names: Sendable {
    private enum Space: UInt8 {
        case partner, click, coupon, conversion, statement, batch, person, identity, word
    }

    private struct Key: Hashable {
        let space: Space
        let text: String

        /// By bytes, as the database compares; Swift's own `==` takes two spellings of one letter for the
        /// same.
        static func == (a: Key, b: Key) -> Bool {
            a.space == b.space && a.text.isSame(as: b.text)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(space.rawValue)
            text.hashBytes(into: &hasher)
        }
    }

    private var numbers: [Key: Int32] = [:]
    private var texts: [String] = []

    package init() {}

    package mutating func partner(_ id: String) -> Ref<Partner> { Ref(number(.partner, id)) }
    package mutating func click(_ id: String) -> Ref<Click> { Ref(number(.click, id)) }
    package mutating func coupon(_ id: String) -> Ref<Coupon> { Ref(number(.coupon, id)) }
    package mutating func conversion(_ id: String) -> Ref<Conversion> { Ref(number(.conversion, id)) }
    package mutating func statement(_ id: String) -> Ref<Statement> { Ref(number(.statement, id)) }
    package mutating func batch(_ id: String) -> Ref<Batch> { Ref(number(.batch, id)) }
    package mutating func person(_ id: String) -> Ref<Person> { Ref(number(.person, id)) }
    package mutating func identity(_ key: String) -> Ref<Identity> { Ref(number(.identity, key)) }
    package mutating func word(_ text: String) -> Symbol { Ref(number(.word, text)) }

    package func text<Thing>(_ ref: Ref<Thing>) -> String { texts[Int(ref.number)] }
    package func text(number: Int32) -> String { texts[Int(number)] }

    private mutating func number(_ space: Space, _ text: String) -> Int32 {
        let key = Key(space: space, text: text)
        if let known = numbers[key] { return known }
        let next = Int32(texts.count)
        numbers[key] = next
        texts.append(text)
        return next
    }
}
