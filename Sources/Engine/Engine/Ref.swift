import Values

/// A thing's number inside one fold: given out at the edge, where its name is known, for each kind of thing
/// from 0 up. It means nothing elsewhere and is never stored.
package struct Ref<Thing>: Hashable, Sendable, BitwiseCopyable {
    package let number: Int32
    package init(_ number: Int32) { self.number = number }
}

/// A number that may be absent, in four bytes.
@propertyWrapper
package struct Packed<Thing>: Hashable, Sendable, BitwiseCopyable {
    private var number: Int32

    package init(wrappedValue: Ref<Thing>?) { number = wrappedValue?.number ?? -1 }

    package var wrappedValue: Ref<Thing>? {
        get { number < 0 ? nil : Ref(number) }
        set { number = newValue?.number ?? -1 }
    }
}

/// The kinds of things that have numbers.
package enum Space: Int, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case partner, link, click, coupon, conversion, mark, statement, batch, person, identity,
        visitor, word, deal
}

package protocol Numbered {
    static var space: Space { get }
}

package enum Partner: Numbered { package static var space: Space { .partner } }
package enum Link: Numbered { package static var space: Space { .link } }
package enum Click: Numbered { package static var space: Space { .click } }
package enum Coupon: Numbered { package static var space: Space { .coupon } }
package enum Conversion: Numbered { package static var space: Space { .conversion } }
/// A hold or a release, by its fact.
package enum Mark: Numbered { package static var space: Space { .mark } }
/// A registration or an assist, by its fact.
package enum Deal: Numbered { package static var space: Space { .deal } }
package enum Statement: Numbered { package static var space: Space { .statement } }
package enum Batch: Numbered { package static var space: Space { .batch } }
package enum Person: Numbered { package static var space: Space { .person } }
/// A customer by the best name we have: the company's own id, else a hashed e-mail, else a visitor.
package enum Identity: Numbered { package static var space: Space { .identity } }
package enum Visitor: Numbered { package static var space: Space { .visitor } }
/// A word that rules compare, such as an event, a country, a coupon code or a metadata value.
package enum Word: Numbered { package static var space: Space { .word } }

package typealias Symbol = Ref<Word>

/// Where a conversion stands in time: by its instant, then by its id, never by the order of arrival.
package struct Place: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let conversion: Ref<Conversion>

    package init(at: Instant, conversion: Ref<Conversion>) {
        self.at = at
        self.conversion = conversion
    }
}

/// Two things of one instant. Which comes first is told by the UTF-8 bytes of their ids, which the edge has.
package struct Tie: Hashable, Sendable, BitwiseCopyable {
    package let space: Space
    package let first: Int32
    package let second: Int32

    package init<Thing: Numbered>(_ first: Ref<Thing>, _ second: Ref<Thing>) {
        space = Thing.space
        self.first = first.number
        self.second = second.number
    }
}
