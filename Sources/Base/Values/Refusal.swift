/// What was asked for cannot be done, and the asker can do something about it.
///
/// A case holds facts; `sentence` has the words, the same for every face.
package enum Refusal: Error, Hashable, Sendable {
    /// What was handed in is not what it should be; each fault names its field.
    case invalid([Fault])
    case notFound(kind: String, id: String)
    case notAllowed(String)
    case notSignedIn
    case wrongState(is: String, must: String)
    case sameHands
    case approvedAlready
    case nothingDue(asOf: Instant)
    /// The same id came again with other content; the faults name the fields that differ.
    case conflict(kind: String, id: String, [Fault])
    case currencyMismatch(Currency, Currency)
    case overflow
    case tooLarge(limit: Int)
    /// Nothing was done and trying again later may work.
    case unavailable(String)

    package static func invalid(_ pointer: String, _ reason: Fault.Reason) -> Refusal {
        .invalid([Fault(pointer, reason)])
    }
}

/// One thing wrong with one field.
package struct Fault: Hashable, Sendable {
    /// A JSON Pointer (RFC 6901) to the field, such as `/amount`; empty for the whole.
    package let pointer: String
    package let reason: Reason

    package init(_ pointer: String, _ reason: Reason) {
        self.pointer = pointer
        self.reason = reason
    }

    package enum Reason: Hashable, Sendable {
        case missing
        case unknown(allowed: [String])
        case notText, notWhole, notBoolean, notObject, notList
        case notJSON(String)
        case notOneOf([String])
        case notInstant, notDay, notADecimal, notCurrency, notIdentifier
        case tooManyDecimals(allowed: Int)
        case tooLong(max: Int)
        case tooLarge
        case negative, notPositive
        case control
        /// The code point, such as `U+200B`.
        case invisible(String)
        case hostNotAllowed(String)
        case notAnAddress
        case notIBAN(String)
        case notBIC
        case differs(before: String, now: String)
        case exceeds(String)
        case mustNotBe(String)
        case because(String)
    }
}

extension Fault {
    /// A word for programs, as in `errors[].code` (RFC 9457).
    package var code: String {
        switch reason {
        case .missing: "missing"
        case .unknown: "unknown_field"
        case .notText, .notWhole, .notBoolean, .notObject, .notList: "wrong_type"
        case .notJSON: "not_json"
        case .notOneOf: "not_one_of"
        case .notInstant: "not_an_instant"
        case .notDay: "not_a_day"
        case .notADecimal: "not_a_decimal"
        case .notCurrency: "unknown_currency"
        case .notIdentifier: "not_an_identifier"
        case .tooManyDecimals: "too_many_decimals"
        case .tooLong: "too_long"
        case .tooLarge: "too_large"
        case .negative: "negative"
        case .notPositive: "not_positive"
        case .control: "control_character"
        case .invisible: "invisible_character"
        case .hostNotAllowed: "host_not_allowed"
        case .notAnAddress: "not_an_address"
        case .notIBAN: "not_an_iban"
        case .notBIC: "not_a_bic"
        case .differs: "differs"
        case .exceeds: "exceeds"
        case .mustNotBe: "must_not_be"
        case .because: "refused"
        }
    }

    /// A sentence for people, without the field's name.
    package var detail: String {
        switch reason {
        case .missing: "is required"
        case .unknown(let allowed): "is not a field here; there are \(allowed.joined(separator: ", "))"
        case .notText: "must be a string"
        case .notWhole: "must be a whole number"
        case .notBoolean: "must be true or false"
        case .notObject: "must be an object"
        case .notList: "must be a list"
        case .notJSON(let what): "is not JSON: \(what)"
        case .notOneOf(let allowed): "must be one of \(allowed.joined(separator: ", "))"
        case .notInstant: "must be an RFC 3339 instant such as 2026-11-03T10:12:00Z, in whole milliseconds"
        case .notDay: "must be a day such as 2026-11-03"
        case .notADecimal: "must be a decimal string such as \"120.00\""
        case .notCurrency: "must be a currency code of ISO 4217, such as EUR"
        case .notIdentifier: "must be 1 to 128 visible characters"
        case .tooManyDecimals(let allowed): "has more than \(allowed) decimals"
        case .tooLong(let max): "is longer than \(max) characters"
        case .tooLarge: "is too large"
        case .negative: "must not be negative"
        case .notPositive: "must be above zero"
        case .control: "must not contain control characters"
        case .invisible(let point): "must not hold the invisible character \(point)"
        case .hostNotAllowed(let host): "leads to \(host), which is not among the program's destinations"
        case .notAnAddress: "must be an https address of a host by name"
        case .notIBAN(let why): "is not an IBAN: \(why)"
        case .notBIC: "is not a BIC (ISO 9362)"
        case .differs(let before, let now): "was \(before) and is now \(now)"
        case .exceeds(let limit): "is more than \(limit)"
        case .mustNotBe(let what): "must not be \(what)"
        case .because(let sentence): sentence
        }
    }

    package var sentence: String { pointer.isEmpty ? "the body \(detail)" : "\(pointer) \(detail)" }
}

extension Refusal {
    package var code: String {
        switch self {
        case .invalid: "invalid"
        case .notFound: "not_found"
        case .notAllowed: "not_allowed"
        case .notSignedIn: "not_signed_in"
        case .wrongState, .nothingDue: "wrong_state"
        case .sameHands, .approvedAlready: "same_hands"
        case .conflict: "conflict"
        case .currencyMismatch: "currency_mismatch"
        case .overflow: "overflow"
        case .tooLarge: "too_large"
        case .unavailable: "unavailable"
        }
    }

    /// One sentence, without a full stop.
    package var sentence: String {
        switch self {
        case .invalid(let faults): faults.map(\.sentence).joined(separator: "; ")
        case .notFound(let kind, let id): "there is no \(kind) \(id)"
        case .notAllowed(let what): "this needs the permission to \(what)"
        case .notSignedIn: "this needs a valid key or a signed-in person"
        case .wrongState(let state, let must): "this is \(state) and must be \(must)"
        case .sameHands: "the one who made or changed this cannot approve it"
        case .approvedAlready: "the one who approves this has approved it already"
        case .nothingDue(let instant): "nothing is due as of \(instant.text)"
        case .conflict(let kind, let id, let faults):
            "\(kind) \(id) was recorded with other content: "
                + faults.map(\.sentence).joined(separator: "; ")
        case .currencyMismatch(let a, let b): "\(a.code) and \(b.code) cannot be summed"
        case .overflow: "an amount is too large"
        case .tooLarge(let limit): "this is larger than \(limit) bytes"
        case .unavailable(let why): "this cannot be done now: \(why)"
        }
    }

    /// The same, where fields have other names, such as those of options.
    package func naming(_ names: [String: String]) -> Refusal {
        guard case .invalid(let faults) = self else { return self }
        return .invalid(faults.map { Fault(names[$0.pointer] ?? $0.pointer, $0.reason) })
    }

    package var faults: [Fault] {
        switch self {
        case .invalid(let faults), .conflict(_, _, let faults): faults
        default: []
        }
    }
}
