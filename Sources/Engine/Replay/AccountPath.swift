import Values

/// The paths of the books.
package enum AccountPath {
    package enum State: String, CaseIterable, Sendable {
        case pending = "Pending"
        case approved = "Approved"
        case payable = "Payable"
    }

    package static func commission(_ type: String) -> String { "Expenses:Commission:\(headed(type))" }

    package static let override = commission("Override")
    package static let assist = commission("Assist")
    package static let revenue = "Income:Revenue:Reference"

    /// What was given up of the revenue at list price.
    package static func given(_ what: String) -> String { "Income:Revenue:Contra:\(what)" }

    package static func receivable(_ reseller: String) -> String {
        "Assets:Receivable:Resellers:\(leaf(reseller))"
    }
    package static let bonus = commission("Bonus")

    package static let fundExpense = "Expenses:MDF"
    package static let fundLapsed = "Income:MDF:Breakage"
    package static func fund(_ id: String) -> String { "Liabilities:MDF:\(leaf(id)):Available" }
    package static func fundOverdrawn(_ id: String) -> String { "Assets:MDF:\(leaf(id)):Overdrawn" }

    package static func clearing(_ rail: String) -> String { "Liabilities:PayoutClearing:\(headed(rail))" }

    package static func bank(_ rail: String) -> String { "Assets:Bank:\(headed(rail))" }

    /// Parts of a path begin with a capital.
    private static func headed(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    package static func partner(_ id: String, _ state: State) -> String {
        "Liabilities:Partners:\(leaf(id)):\(state.rawValue)"
    }

    package static func isPayable(_ path: String) -> Bool {
        path.hasPrefix("Liabilities:Partners:") && path.hasSuffix(":\(State.payable.rawValue)")
    }

    package static func clawback(_ id: String) -> String { "Assets:ClawbackReceivable:\(leaf(id))" }

    /// `P-` and the id; every byte outside letters, digits and `-` becomes `-` and two hex digits, because
    /// beancount takes no others.
    package static func leaf(_ id: String) -> String {
        var text: [UInt8] = Array("P-".utf8)
        for byte in id.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == 45
            text += isPlain ? [byte] : Array("-\(Digest.hexadecimal([byte]))".utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
