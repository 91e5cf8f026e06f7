import Values

/// At which steps earnings stand. What a step promises and what stretches it is the same for most, and kept
/// once.
struct Steps: Sendable {
    private struct Row: BitwiseCopyable {
        let volume: Int64
        let before: Int64
        let step: Int32
        let promise: Int32
        /// −1: one unit, no boosts.
        let factors: Int32
        let isStepped: Bool
    }

    private struct Factors: Hashable, BitwiseCopyable {
        let quantity: Fraction
        let points: Fraction
        let times: Fraction

        static let none = Factors(quantity: .one, points: .zero, times: .one)
    }

    private var rows: [Row] = []
    private var promises = Repeats<Promise>()
    private var factors = Repeats<Factors>()

    subscript(_ index: Int32) -> Tiering {
        let row = rows[Int(index)]
        let factors = row.factors < 0 ? .none : factors[row.factors]
        return Tiering(
            volume: row.volume, before: row.before, step: row.step, promise: promises[row.promise],
            quantity: factors.quantity, points: factors.points, times: factors.times,
            isStepped: row.isStepped)
    }

    /// Keeps one in the place of what was kept there; −1: in a place of its own.
    /// - Returns: its place.
    mutating func keep(_ tiering: Tiering, at index: Int32) -> Int32 {
        let factors = Factors(quantity: tiering.quantity, points: tiering.points, times: tiering.times)
        let row = Row(
            volume: tiering.volume, before: tiering.before, step: tiering.step,
            promise: promises.place(of: tiering.promise),
            factors: factors == .none ? -1 : self.factors.place(of: factors),
            isStepped: tiering.isStepped)
        if index >= 0 {
            rows[Int(index)] = row
            return index
        }
        rows.append(row)
        return Int32(rows.count - 1)
    }
}

/// Values of which most are the same as one of the latest: each of those is kept once.
struct Repeats<Value: Equatable & Sendable>: Sendable {
    private var values: [Value] = []

    subscript(_ place: Int32) -> Value { values[Int(place)] }

    mutating func place(of value: Value) -> Int32 {
        if let known = values.suffix(16).lastIndex(of: value) { return Int32(known) }
        values.append(value)
        return Int32(values.count - 1)
    }
}
