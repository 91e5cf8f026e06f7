/// A currency of ISO 4217:2015, with its exponent: JPY has 0 decimal places, most have 2, KWD has 3.
///
/// One byte, an index into the list below, so that amounts stay trivial values.
package struct Currency: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    private let index: UInt8

    /// Nil for a code that the standard does not know; codes are upper-case.
    package init?(_ code: String) {
        guard let index = Self.indices[code] else { return nil }
        self.index = index
    }

    package var code: String { Self.all[Int(index)].code }

    /// How many decimal places its amounts have.
    package var exponent: Int { Self.all[Int(index)].exponent }

    package var description: String { code }

    /// By code: the list is sorted.
    package static func < (a: Self, b: Self) -> Bool { a.index < b.index }

    package static let eur = Currency("EUR")!
    package static let usd = Currency("USD")!
    package static let gbp = Currency("GBP")!
    package static let jpy = Currency("JPY")!
    package static let kwd = Currency("KWD")!

    private static let all: [(code: String, exponent: Int)] =
        (list(withoutPlaces, 0) + list(twoPlaces + " " + withdrawn, 2) + list(threePlaces, 3)
        + list(fourPlaces, 4))
        .sorted { $0.code.precedes($1.code) }

    private static let indices = Dictionary(
        uniqueKeysWithValues: all.enumerated().map { ($1.code, UInt8($0)) })

    private static func list(_ codes: String, _ exponent: Int) -> [(code: String, exponent: Int)] {
        codes.split { $0 == " " || $0 == "\n" }.map { (String($0), exponent) }
    }
}

// ISO 4217 list one as amended to 2025, funds codes included; metals, test codes and XXX are no money to pay.
private let withoutPlaces = """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """
private let twoPlaces = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """
private let threePlaces = """
    BHD IQD JOD KWD LYD OMR TND
    """
private let fourPlaces = """
    CLF UYW
    """
/// Withdrawn, yet found in histories that are imported and in the ECB's file.
private let withdrawn = """
    BGN HRK EEK LVL LTL SKK SIT CYP MTL ROL TRL ANG CUC MRO STD ZWL SLL
    """
