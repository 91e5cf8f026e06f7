import Engine
import Values

/// Reads the tree of a program file key by key and gathers what is wrong with it.
struct Reader {
    var complaints: Complaints
    /// The program's; nil when it could not be read, and then nothing more is said about amounts in it.
    var currency: Currency?
    var zone = Zone.utc
    var words = Words()
    /// The program's own, from the lowest.
    var tierNames: [String] = []
    /// What the plans hold, by its number.
    var entries: [WrittenEntry] = []
    /// The guard's, for warnings.
    var maxShare: Fraction?
    let refused: Set<Provision>

    init(complaints: Complaints, refusing refused: Set<Provision>) {
        self.complaints = complaints
        self.refused = refused
    }

    static let namesMax = 100
    static let daysMax = 3650
    static let monthsMax = 120

    mutating func program(_ tree: Tree, into file: inout ProgramFile) {
        guard var top = section(Item(tree: tree, path: "")) else { return }
        file.slug = slug(required("program", in: &top)) ?? ""
        file.name = text(top.take("name"), max: Self.namesMax) ?? file.slug
        currency = currency(required("currency", in: &top))
        zone = zone(top.take("timezone")) ?? .utc
        file.currency = currency ?? .eur
        file.zone = zone
        file.destinations = list(top.take("destinations"), canBeEmpty: true) { $0.host($1) } ?? []
        attribution(top.take("attribution"), into: &file.attribution)
        maxShare = file.attribution.maxShare
        let types = required("partners", in: &top)
        file.tiers = statusTiers(offered(top.take("tiers"), by: .statusTiers))
        let plans = required("plans", in: &top)
        file.plans = self.plans(plans)
        file.types = self.types(types, plans: file.planNames)
        // With a mistake among the types nobody knows which plans they use.
        if !complaints.hasErrors { warnOfUnusedPlans(plans, types: file.types) }
        payouts(top.take("payouts"), into: &file)
        file.rounding = word(top.take("rounding"), of: [Rounding.halfEven, .halfUp]) ?? .halfEven
        close(top)
        file.entries = entries
        file.words = words
    }

    private mutating func types(_ item: Item?, plans: [String]) -> [ProgramFile.TypeTerms] {
        guard let item, let members = members(item) else { return [] }
        let known = ["affiliate", "referral", "reseller", "technology"]
        var types: [ProgramFile.TypeTerms] = []
        for member in members {
            let entry = item.below(member)
            guard known.contains(member.key) else {
                complaints.error(
                    member.spot, entry.path, "is no type of partner; there are: \(joined(known))")
                continue
            }
            guard var section = section(entry) else { continue }
            let planItem = required("plan", in: &section)
            let plan = text(planItem, max: Self.namesMax)
            let approval = word(section.take("approval"), of: ProgramFile.Approval.allCases) ?? .automatic
            close(section)
            guard let plan, let planItem else { continue }
            if !plans.isEmpty, !plans.contains(plan) {
                let hint = suggestion(plan, plans)
                refuse(planItem, "names no plan of this file\(hint); there are: \(joined(plans))")
            }
            types.append(ProgramFile.TypeTerms(name: member.key, plan: plan, approval: approval))
        }
        return types
    }

    private mutating func warnOfUnusedPlans(_ item: Item?, types: [ProgramFile.TypeTerms]) {
        guard let item, case .mapping(let members) = item.tree.content else { return }
        for member in members where !types.contains(where: { $0.plan == member.key }) {
            complaints.warning(
                member.spot, item.below(member).path,
                "is used by no type of partner; only partners that name it themselves have it")
        }
    }
}

extension Reader {
    /// A name that stands in addresses and exports.
    mutating func slug(_ item: Item?) -> String? {
        guard let text = text(item, max: 40), let item else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isPlain, !text.hasPrefix("-") else {
            refuse(item, "must be 1 to 40 of a to z, 0 to 9 and hyphens, not \(shown(text))")
            return nil
        }
        return text
    }

    private mutating func zone(_ item: Item?) -> Zone? {
        guard let text = text(item, max: 64), let item else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "/_+-".utf8.contains(byte)
        }
        guard isPlain, let zone = Zone(name: text) else {
            refuse(
                item, "must be a time zone of the IANA list, such as Europe/Berlin or UTC, not \(shown(text))"
            )
            return nil
        }
        return zone
    }
}
