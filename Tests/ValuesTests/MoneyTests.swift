import Testing
import Values

@Suite("An amount")
struct MoneyTests {
    @Test(
        "is read and written with exactly its currency's decimals",
        arguments: [
            ("120.00", "EUR", 12_000, "120.00"), ("120", "EUR", 12_000, "120.00"), ("0.1", "USD", 10, "0.10"),
            ("0", "USD", 0, "0.00"), ("-0.05", "USD", -5, "-0.05"), ("-0", "USD", 0, "0.00"),
            ("1985", "JPY", 1985, "1985"), ("-7", "JPY", -7, "-7"), ("12.345", "KWD", 12_345, "12.345"),
            ("0.007", "BHD", 7, "0.007"), ("1.5", "TND", 1500, "1.500"), ("0.0001", "CLF", 1, "0.0001"),
            ("2.5", "UYW", 25_000, "2.5000"),
            ("9000000000000.00", "EUR", 900_000_000_000_000, "9000000000000.00"),
            ("-9000000000000.00", "EUR", -900_000_000_000_000, "-9000000000000.00"),
        ] as [(String, Currency, Int64, String)])
    func reads(_ text: String, _ currency: Currency, _ minor: Int64, _ written: String) throws {
        let money = try Money(amount: text, currency)
        #expect(money == Money(minor, currency))
        #expect(money.amount == written)
        #expect(money.description == "\(written) \(currency.code)")
    }

    @Test(
        "is written whole, however great", arguments: [Int64.max, .min, .max / 1000, -1, 0, 9, 10, 99, 100])
    func extremes(_ minor: Int64) {
        for currency in ["JPY", "EUR", "KWD", "CLF"] as [Currency] {
            let digits = String(minor.magnitude)
            let padded = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
            let point = currency.exponent > 0 ? "." : ""
            let sign = minor < 0 ? "-" : ""
            let plain =
                "\(sign)\(padded.dropLast(currency.exponent))\(point)\(padded.suffix(currency.exponent))"
            #expect(Money(minor, currency).amount == plain)
        }
    }

    @Test(
        "is not read from what is no plain decimal",
        arguments: [
            "", " ", "-", "+1", ".5", "1.", "-.5", "01", "00", "-01.00", "1e2", "1e400", "1E5", "NaN",
            "Infinity", "inf",
            "0x10", "1,00", "1_000", "1 000", " 1", "1 ", "1.0.0", "--1", "1-", "٣", "１", "½", "1\u{0}", "€1",
            "1€", "1.00 EUR",
        ])
    func refusesText(_ text: String) {
        #expect(throws: MoneyFault.notADecimal) { try Money(amount: text, .eur) }
    }

    @Test(
        "has no more decimals than its currency",
        arguments: [
            ("0.005", "EUR", 2), ("120.000", "USD", 2), ("1.0", "JPY", 0), ("0.0001", "KWD", 3),
            ("0.00001", "CLF", 4),
            ("1.000000000000000000", "EUR", 2),
        ] as [(String, Currency, Int)])
    func refusesDecimals(_ text: String, _ currency: Currency, _ allowed: Int) {
        #expect(throws: MoneyFault.tooManyDecimals(allowed: allowed)) { try Money(amount: text, currency) }
    }

    @Test(
        "is bounded, and what is beyond the bound is called too large, however large",
        arguments: [
            ("9000000000000.01", "EUR"), ("-9000000000000.01", "EUR"), ("900000000000001", "JPY"),
            ("900000000000.001", "KWD"), ("92233720368547758.07", "EUR"), ("9223372036854775807", "JPY"),
            ("9223372036854775808", "JPY"), ("-9223372036854775808", "JPY"),
            ("99999999999999999999.00", "EUR"),
            ("1000000000000000000000000000000000000000", "EUR"),
            (String(repeating: "9", count: 400), "EUR"),
        ] as [(String, Currency)])
    func refusesSize(_ text: String, _ currency: Currency) {
        #expect(throws: MoneyFault.tooLarge) { try Money(amount: text, currency) }
    }

    @Test("survives being written and read, whatever it is")
    func roundTrips() throws {
        var chance = Seeded(1)
        let currencies: [Currency] = ["EUR", "JPY", "KWD", "CLF"]
        for _ in 0..<2000 {
            let minor = Int64.random(in: -Money.minorMax...Money.minorMax, using: &chance)
            let money = Money(
                minor >> Int64.random(in: 0..<50, using: &chance), currencies.randomElement(using: &chance)!)
            #expect(try Money(amount: money.amount, money.currency) == money)
        }
    }

    @Test("is never summed with another currency, and never wraps around")
    func sums() throws {
        #expect(try Money(10_00, .eur).adding(Money(5, .eur)) == Money(10_05, .eur))
        #expect(try Money(10_00, .eur).subtracting(Money(10_05, .eur)) == Money(-5, .eur))
        #expect(throws: Refusal.currencyMismatch(.eur, .usd)) { try Money(1, .eur).adding(Money(1, .usd)) }
        #expect(throws: Refusal.currencyMismatch(.eur, .usd)) {
            try Money(1, .eur).subtracting(Money(1, .usd))
        }
        #expect(throws: Refusal.overflow) { try Money(.max, .eur).adding(Money(1, .eur)) }
        #expect(throws: Refusal.overflow) { try Money(-.max, .eur).subtracting(Money(2, .eur)) }
    }

    @Test("times a fraction is rounded once, and refused where it does not fit")
    func products() throws {
        #expect(try Money(149_97, .usd).times(Fraction(1, 5)!, .halfEven) == Money(29_99, .usd))
        #expect(try Money(.max, .usd).times(.one, .halfEven) == Money(.max, .usd))
        #expect(throws: Refusal.overflow) { try Money(.max, .usd).times(Fraction(2, 1)!, .halfEven) }
        // A third of two thirds of 1.00: 22.2 cents; rounding at every step would give 22.3.
        #expect(try Money(1_00, .usd).times(Fraction(1, 3)!, part: 2, of: 3, .halfEven) == Money(22, .usd))
        #expect(throws: Refusal.overflow) {
            try Money(.max, .usd).times(Fraction(.max, 1)!, part: .max, of: 1, .halfEven)
        }
    }
}

@Suite("A currency")
struct CurrencyTests {
    @Test(
        "has the decimals of ISO 4217",
        arguments: [
            ("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("CLP", 0), ("VND", 0), ("KWD", 3),
            ("BHD", 3),
            ("JOD", 3), ("TND", 3), ("OMR", 3), ("IQD", 3), ("LYD", 3), ("CLF", 4), ("UYW", 4), ("HUF", 2),
            ("BGN", 2),
        ])
    func exponents(_ code: String, _ exponent: Int) throws {
        let currency = try #require(Currency(code))
        #expect(currency.code == code && currency.exponent == exponent)
    }

    @Test(
        "is none of", arguments: ["eur", "EURO", "EU", "", "XXX", "XAU", "XTS", "USDC", "BTC", "€", " EUR"])
    func unknown(_ code: String) {
        #expect(Currency(code) == nil)
    }

    @Test("sorts by its code")
    func order() {
        let codes = ["USD", "AED", "ZWG", "EUR", "JPY"]
        #expect(codes.compactMap(Currency.init).sorted().map(\.code) == codes.sorted())
    }
}
