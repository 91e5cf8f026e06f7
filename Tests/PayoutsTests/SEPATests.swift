import Facts
import Foundation
import Testing
import Values

@testable import Payouts

private typealias Transfer = CreditTransfers.Transfer

@Suite("A SEPA file")
struct SEPATests {
    @Test("passes the ISO schema", arguments: [nil, "BYLADEM1001"] as [String?])
    func valid(_ bic: String?) throws {
        let payer = CreditTransfers.Payer(name: "Acme GmbH", iban: "DE02120300000000202051", bic: bic)
        let transfers: [Transfer] = [
            .to(bic: "COBADEFFXXX"), .to("Ann", 1, id: "E-2", note: ""), .to("Bo", 999_999_999_99, id: "E-3"),
        ]
        let xml = try CreditTransfers.of(transfers, by: payer).xml()
        #expect(try Schema.complaint(about: xml) == nil)
        #expect(xml.contains("NOTPROVIDED") == (bic == nil))
    }

    @Test(
        "that is broken does not pass: the validator really looks",
        arguments: [
            ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>MINE</ChrgBr>"), ("<MsgId>", "<MsgID>"), ("120.00", "120,00"),
            ("DE89370400440532013000", "89370400440532013000"),
        ])
    func broken(_ part: String, _ wrong: String) throws {
        let xml = try CreditTransfers.of([.to()]).xml()
        #expect(xml.contains(part))
        #expect(try Schema.complaint(about: xml.replacingOccurrences(of: part, with: wrong)) != nil)
    }

    @Test("says who pays whom, how much, when and why")
    func content() throws {
        let xml = try CreditTransfers.of([.to("Zoë Müller & Søn", 120_00)]).xml()
        #expect(texts(of: "Nm", in: xml) == ["Acme GmbH", "Acme GmbH", "Zoe Muller + Son"])
        #expect(texts(of: "IBAN", in: xml) == ["DE02120300000000202051", "DE89370400440532013000"])
        #expect(texts(of: "InstdAmt", in: xml) == ["120.00"])
        #expect(xml.contains(#"<InstdAmt Ccy="EUR">"#))
        #expect(texts(of: "Dt", in: xml) == ["2026-11-04"])
        #expect(texts(of: "CreDtTm", in: xml) == ["2026-11-03T12:00:00.000Z"])
        #expect(texts(of: "Ustrd", in: xml) == ["Commission STM-2026-000010"])
        #expect(texts(of: "EndToEndId", in: xml) == ["BATCH-2026-000010-1"])
        #expect(texts(of: "ChrgBr", in: xml) == ["SLEV"])
        #expect(texts(of: "Cd", in: xml) == ["SEPA"])
        #expect(!xml.contains("PstlAdr"))
    }

    @Test(
        "sums to its transfers in both places, and is the same on every run",
        arguments: 0..<40 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var dice = Dice(state: seed)
        let transfers = (0..<Int.random(in: 1...60, using: &dice)).map { number -> Transfer in
            let top: Int64 = [9, 100, 99_999, 999_999_999_99].randomElement(using: &dice) ?? 9
            let account = String(1_000_000_000 + UInt64.random(in: 0..<9_000_000_000, using: &dice))
            return Transfer.to(
                "Partner \(number)", Int64.random(in: 1...top, using: &dice), id: "E-\(seed)-\(number)",
                iban: iban("DE", "37040044" + account), bic: Bool.random(using: &dice) ? "COBADEFF" : nil)
        }
        let file = CreditTransfers.of(transfers)
        let xml = try file.xml()
        let sum = transfers.reduce(0) { $0 + $1.amount.minor }
        let whole = "\(sum / 100).\(sum % 100 < 10 ? "0" : "")\(sum % 100)"
        #expect(texts(of: "CtrlSum", in: xml) == [whole, whole])
        #expect(texts(of: "NbOfTxs", in: xml) == ["\(transfers.count)", "\(transfers.count)"])
        #expect(
            try texts(of: "InstdAmt", in: xml).map { try Money(amount: $0, .eur) } == transfers.map(\.amount))
        #expect(Array(try file.xml().utf8) == Array(xml.utf8))
        if seed < 8 { #expect(try Schema.complaint(about: xml) == nil) }
    }

    @Test(
        "passes with any name and note that has a letter",
        arguments: [
            "Zoë 🦊 Müller", "Ann\r\n<PmtInf>", "<script>alert('1')</script>", "\u{202E}محمد علي\u{202C}",
            "שלום עולם",
            "Иван Петров & Сын", "Ελένη", "王小明", "]]><!-- x", "&amp;&lt;", "a\0b\u{1B}[31m\u{7F}",
            "O'Neill \"Bo\"",
            String(repeating: "ß'", count: 150), String(repeating: "é\u{301}🦊", count: 300),
            "x\u{FFFD}\u{E000}\u{10FFFD}",
            "👩‍👩‍👧‍👦 A", "A" + String(repeating: "\u{301}", count: 300),
        ])
    func nasty(_ name: String) throws {
        let payer = CreditTransfers.Payer(name: name, iban: "DE02120300000000202051")
        let xml = try CreditTransfers.of([.to(name, note: name)], by: payer).xml()
        #expect(try Schema.complaint(about: xml) == nil)
        #expect(xml.utf8.allSatisfy { $0 == 10 || (0x20..<0x7F).contains($0) })
        #expect(xml.components(separatedBy: "<PmtInf>").count == 2)
        for text in texts(of: "Nm", in: xml) {
            #expect(text.replacingOccurrences(of: "&apos;", with: "'").utf8.count <= 70)
        }
        #expect(
            texts(of: "Ustrd", in: xml)[0].replacingOccurrences(of: "&apos;", with: "'").utf8.count <= 140)
    }

    @Test(
        "shows a name as",
        arguments: [
            ("Zoë Müller & Søn", "Zoe Muller + Son"), ("Łukasz Żółć", "Lukasz Zolc"), ("Straße", "Strasse"),
            ("Иван Петров", "Ivan Petrov"), ("  a \r\n\t b  ", "a b"), ("A_B~C[1]{2}", "A-B-C(1)(2)"),
            ("a;b|c\\d`e", "a,b/c/d'e"), ("50 % <x> \"y\"", "50 . .x. .y."),
            ("🦊", "."), ("👩‍👩‍👧", "."), ("", ""),
            ("a\u{202E}b\u{200B}c", "abc"), ("a\u{00A0}b", "a b"), ("“Ann” – Co…", ".Ann. - Co..."),
            ("/-?:().,'+ azAZ09", "/-?:().,'+ azAZ09"),
        ])
    func transliterates(_ name: String, _ shown: String) {
        #expect(CreditTransfers.transliterate(name) == shown)
        #expect(CreditTransfers.transliterate(shown) == shown)
    }

    @Test("cuts a name at 70 characters, never within what stands for one, and leaves no blank at the end")
    func cuts() throws {
        let long = String(repeating: "a", count: 69)
        #expect(CreditTransfers.transliterate(long + " b") == long)
        #expect(CreditTransfers.transliterate(long + "'''") == long + "'")
        let xml = try CreditTransfers.of([.to(long + "'''")]).xml()
        #expect(texts(of: "Nm", in: xml).last == long + "&apos;")
    }

    @Test(
        "is refused, and the fault names the field",
        arguments: [
            (CreditTransfers.of([]), "/transfers", "missing"),
            (.of([.to("Ann", 0)]), "/transfers/0/amount", "not_positive"),
            (.of([.to("Ann", -1)]), "/transfers/0/amount", "not_positive"),
            (.of([.to("Ann", 1_000_000_000_00)]), "/transfers/0/amount", "exceeds"),
            (.of([.to("Ann", .max)]), "/transfers/0/amount", "exceeds"),
            (.of([.to("Ann", 1_00, .usd)]), "/transfers/0/amount", "must_not_be"),
            (.of([.to("Ann", 1_000, .kwd)]), "/transfers/0/amount", "must_not_be"),
            (.of([.to("")]), "/transfers/0/holder", "missing"),
            (.of([.to("🦊 🦊")]), "/transfers/0/holder", "refused"),
            (.of([.to(iban: "DE89370400440532013001")]), "/transfers/0/iban", "not_an_iban"),
            (.of([.to(iban: "DE89 3704 0044 0532 0130 00")]), "/transfers/0/iban", "not_an_iban"),
            (.of([.to(iban: "")]), "/transfers/0/iban", "not_an_iban"),
            (.of([.to(bic: "COBADEF")]), "/transfers/0/bic", "not_a_bic"),
            (.of([.to(bic: "")]), "/transfers/0/bic", "not_a_bic"),
            (.of([.to(), .to()]), "/transfers/1/end_to_end", "must_not_be"),
            (.of([.to(id: "")]), "/transfers/0/end_to_end", "refused"),
            (.of([.to(id: "pay_1")]), "/transfers/0/end_to_end", "refused"),
            (.of([.to(id: "/1")]), "/transfers/0/end_to_end", "refused"),
            (.of([.to(id: "1//2")]), "/transfers/0/end_to_end", "refused"),
            (.of([.to(id: String(repeating: "1", count: 36))]), "/transfers/0/end_to_end", "refused"),
            (.of([.to()], id: "a<b"), "/message_id", "refused"),
            (.of([.to()], id: " a"), "/message_id", "refused"),
            (.of([.to()], on: Day(number: .min)), "/execute_on", "not_a_day"),
            (.of([.to()], on: Day(number: .max)), "/execute_on", "not_a_day"),
            (.of([.to()], by: .init(name: " ", iban: CreditTransfers.acme.iban)), "/payer/name", "refused"),
            (.of([.to()], by: .init(name: "Acme", iban: "DE02")), "/payer/iban", "not_an_iban"),
            (
                .of([.to()], by: .init(name: "Acme", iban: CreditTransfers.acme.iban, bic: "X")),
                "/payer/bic", "not_a_bic"
            ),
        ])
    func refuses(_ file: CreditTransfers, _ pointer: String, _ code: String) {
        let refusal = #expect(throws: Refusal.self) { try file.xml() }
        #expect(refusal?.faults.map(\.pointer) == [pointer])
        #expect(refusal?.faults.map(\.code) == [code])
    }

    @Test("tells at most a hundred faults")
    func manyFaults() {
        let transfers = (0..<500).map { Transfer.to("", 0, id: "E-\($0)") }
        let refusal = #expect(throws: Refusal.self) { try CreditTransfers.of(transfers).xml() }
        #expect(refusal?.faults.count == 100)
    }
}

@Suite("Bank numbers")
struct BankNumberTests {
    private let vectors: JSON

    init() throws {
        let file = root.appending(path: "Tests/Vectors/bank.json")
        vectors = try JSON(reading: Data(contentsOf: file))
    }

    @Test("IBANs are judged as the vectors say")
    func ibans() throws {
        let cases = try #require(vectors["iban"]?.elements)
        #expect(cases.count >= 11)
        for vector in cases {
            let text = try #require(vector["v"]?.text)
            #expect(
                (IBAN.fault(text) == nil) == (try #require(vector["valid_full"]?.flag as Bool?)), "\(text)")
        }
    }

    @Test("BICs are judged as the vectors say")
    func bics() throws {
        let cases = try #require(vectors["bic"]?.elements)
        #expect(cases.count >= 8)
        for vector in cases {
            let text = try #require(vector["v"]?.text)
            #expect(BIC.isValid(text) == (try #require(vector["valid"]?.flag as Bool?)), "\(text)")
        }
    }

    @Test(
        "every country that has IBANs has them in the length of the vectors, with one fitting pair of digits")
    func lengths() throws {
        var known = 0
        for member in try #require(vectors["iban_country_lengths"]?.members) {
            let length = Int(try #require(member.value.whole))
            let number = iban(member.key, String(repeating: "0", count: length - 4))
            let fault = IBAN.fault(number)
            if fault == "\(member.key) has no IBAN" { continue }
            known += 1
            #expect(fault == nil, "\(number)")
            #expect(IBAN.fault(number + "0") != nil)
            #expect(IBAN.fault(number.dropLast() + "1") != nil)
        }
        #expect(known > 70)
    }
}
