import Facts
import Values

/// Credit transfers in euro from one account on one day, as banks take them: `pain.001.001.09` of ISO 20022.
///
/// Equal values give equal bytes. That no `messageID` and no `endToEnd` is ever used for a second file is the
/// caller's to see to; within one file it is checked.
package struct CreditTransfers: Hashable, Sendable {
    /// 1 to 35 SEPA characters; names the file and its one payment block.
    package let messageID: String
    package let createdAt: Instant
    /// The day on which the bank is asked to pay.
    package let executeOn: Day
    package let payer: Payer
    package let transfers: [Transfer]

    package init(messageID: String, createdAt: Instant, executeOn: Day, payer: Payer, transfers: [Transfer]) {
        self.messageID = messageID
        self.createdAt = createdAt
        self.executeOn = executeOn
        self.payer = payer
        self.transfers = transfers
    }

    /// Who pays, from which account.
    package struct Payer: Hashable, Sendable {
        package let name: String
        /// Capitals and digits, without blanks.
        package let iban: String
        package let bic: String?

        package init(name: String, iban: String, bic: String? = nil) {
            self.name = name
            self.iban = iban
            self.bic = bic
        }
    }

    /// One payment to one account.
    package struct Transfer: Hashable, Sendable {
        /// 1 to 35 SEPA characters, which come back with the bank's answer.
        package let endToEnd: String
        /// 0.01 to 999,999,999.99 EUR.
        package let amount: Money
        /// The account holder's legal name, as the payer's bank compares it with the account.
        package let holder: String
        package let iban: String
        package let bic: String?
        /// What the payee reads; at most 140 characters, nothing if empty.
        package let remittance: String

        package init(
            endToEnd: String, amount: Money, holder: String, iban: String, bic: String? = nil,
            remittance: String
        ) {
            self.endToEnd = endToEnd
            self.amount = amount
            self.holder = holder
            self.iban = iban
            self.bic = bic
            self.remittance = remittance
        }
    }
}

extension CreditTransfers {
    package static let nameMax = 70
    package static let remittanceMax = 140
    /// In cents (EPC132-08).
    package static let centsMax: Int64 = 999_999_999_99

    /// `text` as it will stand in the file, so that a partner sees a changed name beforehand:
    /// `Zoë Müller & Søn` becomes `Zoe Muller + Son`.
    package static func transliterate(_ text: String, max: Int = nameMax) -> String {
        SEPAText.transliterate(text, max: max)
    }

    /// The file, in ASCII.
    /// - Throws: `Refusal.invalid` with a fault for each field that a bank would not take (the first 100),
    ///   `.overflow`.
    package func xml() throws(Refusal) -> String {
        let faults = faults()
        guard faults.isEmpty else { throw .invalid(Array(faults.prefix(faultsMax))) }
        var sum = Money.zero(.eur)
        for transfer in transfers { sum = try sum.adding(transfer.amount) }
        var markup = Markup()
        markup.element("Document", namespace: "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09") {
            $0.element("CstmrCdtTrfInitn") {
                header(sum, into: &$0)
                payment(sum, into: &$0)
            }
        }
        return markup.text
    }

    private func header(_ sum: Money, into markup: inout Markup) {
        markup.element("GrpHdr") {
            $0.element("MsgId", messageID)
            $0.element("CreDtTm", createdAt.text)
            $0.element("NbOfTxs", String(transfers.count))
            $0.element("CtrlSum", sum.amount)
            $0.path(["InitgPty", "Nm"], Self.transliterate(payer.name))
        }
    }

    private func payment(_ sum: Money, into markup: inout Markup) {
        markup.element("PmtInf") {
            $0.element("PmtInfId", messageID)
            $0.element("PmtMtd", "TRF")
            $0.element("NbOfTxs", String(transfers.count))
            $0.element("CtrlSum", sum.amount)
            $0.path(["PmtTpInf", "SvcLvl", "Cd"], "SEPA")
            $0.path(["ReqdExctnDt", "Dt"], executeOn.text)
            $0.path(["Dbtr", "Nm"], Self.transliterate(payer.name))
            $0.path(["DbtrAcct", "Id", "IBAN"], payer.iban)
            // The payer's bank must be there, if only to say that nobody named it.
            if let bic = payer.bic {
                $0.path(["DbtrAgt", "FinInstnId", "BICFI"], bic)
            } else {
                $0.path(["DbtrAgt", "FinInstnId", "Othr", "Id"], "NOTPROVIDED")
            }
            $0.element("ChrgBr", "SLEV")
            for transfer in transfers { transfer.write(into: &$0) }
        }
    }
}

extension CreditTransfers.Transfer {
    fileprivate func write(into markup: inout Markup) {
        markup.element("CdtTrfTxInf") {
            $0.path(["PmtId", "EndToEndId"], endToEnd)
            $0.element("Amt") { $0.element("InstdAmt", amount.amount, currency: amount.currency.code) }
            // Named by its BIC or not at all: the placeholder is for the payer's bank only (EPC132-08).
            if let bic { $0.path(["CdtrAgt", "FinInstnId", "BICFI"], bic) }
            $0.path(["Cdtr", "Nm"], CreditTransfers.transliterate(holder))
            $0.path(["CdtrAcct", "Id", "IBAN"], iban)
            let note = CreditTransfers.transliterate(remittance, max: CreditTransfers.remittanceMax)
            if !note.isEmpty { $0.path(["RmtInf", "Ustrd"], note) }
        }
    }
}

// MARK: What the schema does not see

private let faultsMax = 100

extension CreditTransfers {
    private func faults() -> [Fault] {
        var faults = reference(messageID, at: "/message_id") + party(payer.name, at: "/payer/name")
        faults += account(payer.iban, payer.bic, at: "/payer")
        if !(1...9999).contains(executeOn.parts.year) { faults.append(Fault("/execute_on", .notDay)) }
        if transfers.isEmpty { faults.append(Fault("/transfers", .missing)) }
        var seen: Set<String> = []
        for (index, transfer) in transfers.enumerated() {
            let path = "/transfers/\(index)"
            faults += reference(transfer.endToEnd, at: "\(path)/end_to_end")
            if !seen.insert(transfer.endToEnd).inserted {
                faults.append(Fault("\(path)/end_to_end", .mustNotBe("one that another transfer has")))
            }
            if let reason = fault(of: transfer.amount) { faults.append(Fault("\(path)/amount", reason)) }
            faults += party(transfer.holder, at: "\(path)/holder")
            faults += account(transfer.iban, transfer.bic, at: path)
        }
        return faults
    }

    private func fault(of amount: Money) -> Fault.Reason? {
        guard amount.currency == .eur else {
            return .mustNotBe("in \(amount.currency.code): SEPA pays in EUR")
        }
        guard amount.minor > 0 else { return .notPositive }
        return amount.minor > Self.centsMax ? .exceeds(Money(Self.centsMax, .eur).description) : nil
    }

    private func reference(_ text: String, at pointer: String) -> [Fault] {
        if SEPAText.isReference(text) { return [] }
        return [
            Fault(
                pointer, .because("must be 1 to 35 of A-Z a-z 0-9 /-?:().,'+ and blanks, no slash at an end"))
        ]
    }

    private func party(_ name: String, at pointer: String) -> [Fault] {
        if SEPAText.hasWord(Self.transliterate(name)) { return [] }
        return [Fault(pointer, name.isEmpty ? .missing : .because("has no letter that a bank could print"))]
    }

    private func account(_ iban: String, _ bic: String?, at path: String) -> [Fault] {
        var faults: [Fault] = []
        if let why = IBAN.fault(iban) { faults.append(Fault("\(path)/iban", .notIBAN(why))) }
        if let bic, !BIC.isValid(bic) { faults.append(Fault("\(path)/bic", .notBIC)) }
        return faults
    }
}
