import Values

extension Terms {
    /// The day on which money that is held until `holdUntil` will be paid, if nothing else stands in its way:
    /// the first statement after the hold, and the net days.
    package func payDay(heldUntil holdUntil: Instant, earnedAt instant: Instant) -> Day {
        let ready = max(holdUntil, instant)
        var day = payouts.schedule.boundary(after: zone.day(of: ready))
        // A hold that ends exactly at a boundary is over by then.
        let own = zone.day(of: ready)
        if zone.start(of: own) == ready, payouts.schedule.boundary(after: own.adding(days: -1)) == own,
            instant < ready
        {
            day = own
        }
        return day.adding(days: payouts.netDays)
    }
}
