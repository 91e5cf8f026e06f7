import Values

/// A click, before it has an id.
struct Visit {
    let at: Second
    let player: Int
    let slug: Int
    /// Nil for a machine.
    let person: Person?
    let agent: String
    var channel: String?
    var consents = true

    static let channels = ["newsletter", "review", "video", "podcast", "sidebar", "forum"]
    static let browsers = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0",
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile Safari/604.1",
    ]
    static let machines = ["Examplebot/2.1 (+https://bot.example/)", "python-requests/2.32.3", "curl/8.8.0"]
}

/// A conversion, before it has an id.
struct Order {
    enum Event: String { case lead, sale, renewal }

    var event: Event
    var at: Second
    let person: Person
    let product: Product
    var quantity = 1
    /// Whose code was typed in.
    var player: Int?
    /// The click that came with the order.
    var visit: Int?
    var account: String?

    init(_ event: Event, _ at: Second, _ person: Person, product: Product) {
        self.event = event
        self.at = at
        self.person = person
        self.product = product
    }

    var prefix: String {
        switch event {
        case .lead: "lead"
        case .sale: "ord"
        case .renewal: "ren"
        }
    }

    /// What is paid, in minor units: a discount comes off the price, tax on top of goods and shipping.
    func bill(discount percent: Int) -> Bill {
        guard event != .lead else { return Bill() }
        let price = product.price * quantity
        let discount = (price * percent + 50) / 100
        let shipping = product.isShipped && event == .sale ? 7_90 : 0
        let net = price - discount + shipping
        let tax = (net * person.market.tax + 50) / 100
        return Bill(
            amount: net + tax, tax: tax, shipping: shipping, discount: discount,
            fees: (net + tax) * 14 / 1000 + 25)
    }
}

struct Bill {
    var amount = 0
    var tax = 0
    var shipping = 0
    var discount = 0
    var fees = 0
}

/// What happens to an order afterwards.
struct Correction {
    let kind: String
    let order: Int
    let at: Second
    var isPartial = false
    let reason: String

    static let reasons = ["returned", "arrived broken", "ordered twice", "changed their mind"]
}

struct Person {
    let number: Int
    let first: String
    let last: String
    let market: Market

    var email: String { "\(first).\(last).\(number)@example.com".lowercased() }
    var visitor: String { "vis-\(padded(number, 4))" }

    static let firstNames = [
        "Ada", "Ben", "Carla", "Dario", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Liam",
        "Mara",
        "Noah", "Olga", "Pia",
    ]
    static let lastNames = [
        "Acker", "Bishop", "Conti", "Dubois", "Evans", "Fischer", "Garcia", "Hughes", "Ito", "Jansen", "Kern",
        "Lopez", "Moreau", "Novak", "Olsen", "Price",
    ]
}

/// Where people buy.
struct Market {
    let country: String
    let currency: Currency
    /// In percent of the net price.
    let tax: Int

    /// As often as people come from there.
    static let all = [
        Market(country: "DE", currency: .eur, tax: 19), Market(country: "DE", currency: .eur, tax: 19),
        Market(country: "AT", currency: .eur, tax: 20), Market(country: "NL", currency: .eur, tax: 21),
        Market(country: "FR", currency: .eur, tax: 20), Market(country: "ES", currency: .eur, tax: 21),
        Market(country: "GB", currency: .gbp, tax: 20), Market(country: "GB", currency: .gbp, tax: 20),
        Market(country: "US", currency: .usd, tax: 0), Market(country: "US", currency: .usd, tax: 7),
        Market(country: "US", currency: .usd, tax: 0), Market(country: "CA", currency: .usd, tax: 0),
    ]
}

struct Product {
    let id: String
    /// In minor units of whatever currency it is sold in.
    let price: Int
    let renews: Bool

    var isShipped: Bool { !renews }

    static let all = [
        Product(id: "starter", price: 29_00, renews: true), Product(id: "studio", price: 79_00, renews: true),
        Product(id: "team", price: 240_00, renews: true),
        Product(id: "sensor-kit", price: 89_00, renews: false),
        Product(id: "gateway", price: 249_00, renews: false),
    ]
}
