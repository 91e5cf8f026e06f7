import Values

extension FactReader {
    /// Facts that are posted may come this much before their time; beyond it they are taken as of now.
    private static let aheadMax = Span.seconds(300)
    /// A conversion older than this is history, which is imported.
    private static let conversionAgeMax = 60

    /// A fact that was posted: its `id` and `at` may be absent, and stand among the kind's own fields.
    /// - Parameter id: makes one where none was given.
    package func posted(
        _ kind: FactKind, _ members: [JSON.Member], now: Instant, id makeID: () -> String
    ) throws(Refusal) -> FactRecord {
        var head = Fields(members)
        let id = head.identifier("id")
        var at = head.instant("at") ?? now
        if now.moved(by: Self.aheadMax) < at { at = now }
        if kind == .conversion, at < now.moved(by: -Span.days(Self.conversionAgeMax)) {
            let sentence =
                "is more than \(Self.conversionAgeMax) days ago; `tallystick import` brings history in"
            head.fault("at", .because(sentence))
        }
        let own = members.filter { $0.key != "id" && $0.key != "at" }
        guard !head.faults.isEmpty else {
            return try read(kind, id: id ?? makeID(), at: at, receivedAt: now, own)
        }
        do {
            _ = try read(kind, id: "", at: at, receivedAt: now, own)
        } catch {
            throw .invalid(head.faults + error.faults)
        }
        throw .invalid(head.faults)
    }
}
