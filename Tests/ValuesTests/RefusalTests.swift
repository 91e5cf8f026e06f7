import Testing
import Values

@Suite("A refusal")
struct RefusalTests {
    @Test(
        "has a word for programs and a sentence for people",
        arguments: [
            (
                .invalid("/amount", .tooManyDecimals(allowed: 2)), "invalid",
                "/amount has more than 2 decimals"
            ),
            (.invalid("", .notObject), "invalid", "the body must be an object"),
            (
                .invalid([Fault("/at", .missing), Fault("/id", .notText)]), "invalid",
                "/at is required; /id must be a string"
            ),
            (.notFound(kind: "partner", id: "ada"), "not_found", "there is no partner ada"),
            (.notAllowed("approve batches"), "not_allowed", "this needs the permission to approve batches"),
            (.notSignedIn, "not_signed_in", "this needs a valid key or a signed-in person"),
            (.wrongState(is: "approved", must: "open"), "wrong_state", "this is approved and must be open"),
            (.sameHands, "same_hands", "the one who made or changed this cannot approve it"),
            (.approvedAlready, "same_hands", "the one who approves this has approved it already"),
            (.nothingDue(asOf: .earliest), "wrong_state", "nothing is due as of 0001-01-01T00:00:00.000Z"),
            (
                .conflict(
                    kind: "conversion", id: "s1", [Fault("/amount", .differs(before: "1.00", now: "2.00"))]),
                "conflict",
                "conversion s1 was recorded with other content: /amount was 1.00 and is now 2.00"
            ),
            (.currencyMismatch(.eur, .usd), "currency_mismatch", "EUR and USD cannot be summed"),
            (.overflow, "overflow", "an amount is too large"),
            (.tooLarge(limit: 1024), "too_large", "this is larger than 1024 bytes"),
            (
                .unavailable("the database is busy"), "unavailable",
                "this cannot be done now: the database is busy"
            ),
        ] as [(Refusal, String, String)])
    func speaks(_ refusal: Refusal, _ code: String, _ sentence: String) {
        #expect(refusal.code == code)
        #expect(refusal.sentence == sentence)
    }

    @Test("of a field can be told by another name")
    func renamed() {
        let refusal = Refusal.invalid([Fault("/email", .missing), Fault("/id", .notText)])
        #expect(refusal.naming(["/email": "--admin"]).sentence == "--admin is required; /id must be a string")
        #expect(Refusal.overflow.naming(["": "this"]) == .overflow)
    }

    @Test(
        "of a field has its code and what would be right",
        arguments: [
            (.missing, "missing", "is required"), (.notWhole, "wrong_type", "must be a whole number"),
            (
                .unknown(allowed: ["amount", "at"]), "unknown_field",
                "is not a field here; there are amount, at"
            ),
            (.notOneOf(["sepa", "ach"]), "not_one_of", "must be one of sepa, ach"),
            (.notDay, "not_a_day", "must be a day such as 2026-11-03"),
            (
                .notInstant, "not_an_instant",
                "must be an RFC 3339 instant such as 2026-11-03T10:12:00Z, in whole milliseconds"
            ),
            (.notADecimal, "not_a_decimal", "must be a decimal string such as \"120.00\""),
            (.notCurrency, "unknown_currency", "must be a currency code of ISO 4217, such as EUR"),
            (.tooLong(max: 64), "too_long", "is longer than 64 characters"),
            (.tooLarge, "too_large", "is too large"),
            (.negative, "negative", "must not be negative"),
            (.notPositive, "not_positive", "must be above zero"),
            (.control, "control_character", "must not contain control characters"),
            (
                .hostNotAllowed("evil.test"), "host_not_allowed",
                "leads to evil.test, which is not among the program's destinations"
            ),
            (
                .notIBAN("its check digits do not fit"), "not_an_iban",
                "is not an IBAN: its check digits do not fit"
            ),
            (.because("cannot be so"), "refused", "cannot be so"),
        ] as [(Fault.Reason, String, String)])
    func faults(_ reason: Fault.Reason, _ code: String, _ detail: String) {
        let fault = Fault("/field", reason)
        #expect(fault.code == code && fault.detail == detail && fault.sentence == "/field \(detail)")
    }

    @Test("names its faults where it has some")
    func lists() {
        let faults = [Fault("/a", .missing), Fault("/b", .control)]
        #expect(Refusal.invalid(faults).faults == faults)
        #expect(Refusal.conflict(kind: "partner", id: "p", faults).faults == faults)
        #expect(Refusal.overflow.faults.isEmpty)
    }
}

@Suite("A count")
struct CountTests {
    @Test(
        "is said in words that fit it",
        arguments: [
            (0, "line", "0 lines"), (1, "line", "1 line"), (2, "entry", "2 entries"), (1, "entry", "1 entry"),
            (2, "day", "2 days"), (1, "other posting", "1 other posting"),
        ])
    func words(_ number: Int, _ noun: String, _ said: String) {
        #expect(counted(number, noun) == said)
        #expect(counted(2, "approval is", "approvals are") == "2 approvals are")
    }
}
