import Values

/// Where a partner's money goes, checked by the rules of its rail.
enum PayoutAccount {
    /// Reads the fields of one kind of payout method, in canonical order.
    static func read(_ kind: String, _ fields: inout Fields) -> JSON {
        var members = [JSON.Member("kind", .string(kind))]
        func keep(_ name: String, _ text: String?) {
            if let text { members.append(.init(name, .string(text))) }
        }
        switch kind {
        case "sepa":
            keep("holder", fields.requiredText("holder", max: 70))
            let iban = fields.requiredText("iban", max: 42).filter { $0 != " " }.uppercased()
            if let why = IBAN.fault(iban) { fields.fault("iban", .notIBAN(why)) }
            keep("iban", iban)
            if let bic = fields.text("bic", max: 11)?.uppercased() {
                if !BIC.isValid(bic) { fields.fault("bic", .notBIC) }
                keep("bic", bic)
            }
        case "ach":
            keep("holder", fields.requiredText("holder", max: 70))
            keep("routing", fields.requiredText("routing", max: 9))
            keep("account", fields.requiredText("account", max: 17))
        case "paypal", "wise":
            keep("holder", fields.text("holder", max: 70))
            keep("email", fields.requiredText("email", max: 254))
        default:
            keep("holder", fields.text("holder", max: 70))
            keep("note", fields.text("note"))
        }
        return .object(members)
    }
}

/// International bank account numbers (ISO 13616).
package enum IBAN {
    /// What is wrong with it, or nil. Capitals and digits, without blanks.
    package static func fault(_ iban: String) -> String? {
        let bytes = Array(iban.utf8)
        guard (15...34).contains(bytes.count) else { return "it has 15 to 34 characters" }
        guard bytes.allSatisfy({ isDigit($0) || isCapital($0) }), isCapital(bytes[0]), isCapital(bytes[1]),
            isDigit(bytes[2]), isDigit(bytes[3])
        else { return "it is two letters, two digits, then letters and digits" }
        let country = String(decoding: bytes[0..<2], as: UTF8.self)
        guard let length = lengths[country] else { return "\(country) has no IBAN" }
        guard bytes.count == length else { return "one of \(country) has \(length) characters" }
        return remainder(bytes[4...] + bytes[..<4]) == 1 ? nil : "its check digits do not fit"
    }

    /// The number modulo 97, letters counting from A = 10 (ISO 7064).
    private static func remainder(_ bytes: some Sequence<UInt8>) -> Int {
        bytes.reduce(0) { rest, byte in
            isDigit(byte) ? (rest * 10 + Int(byte - 48)) % 97 : (rest * 100 + Int(byte - 55)) % 97
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isCapital(_ byte: UInt8) -> Bool { (65...90).contains(byte) }

    /// Lengths by country (SWIFT IBAN registry, release 99).
    private static let lengths: [String: Int] = {
        let registry = """
            AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 \
            DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 \
            IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 \
            MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 \
            SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
            """
        return Dictionary(
            uniqueKeysWithValues: registry.split(separator: " ").map {
                (String($0.prefix(2)), Int($0.dropFirst(2)) ?? 0)
            })
    }()
}

/// Bank identifier codes (ISO 9362:2022): four letters or digits, a country, a location, perhaps a branch.
package enum BIC {
    package static func isValid(_ bic: String) -> Bool {
        let bytes = Array(bic.utf8)
        guard bytes.count == 8 || bytes.count == 11 else { return false }
        let isPlain = bytes.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
        return isPlain && countries.contains(String(decoding: bytes[4..<6], as: UTF8.self))
    }

    /// ISO 3166-1 alpha-2, and XK, which SWIFT assigns to Kosovo.
    private static let countries = Set(
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
        BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
        ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
        HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
        LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
        NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
        SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
        UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
        """.split(separator: " ").map(String.init))
}
