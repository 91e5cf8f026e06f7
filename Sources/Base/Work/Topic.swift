import Store

/// What processes on one database tell each other of. Whoever writes it announces it in the same transaction;
/// what they hold of it in memory is looked up anew.
package enum Topic: String, Hashable, Sendable {
    case links
    /// Published versions of terms.
    case terms
    /// Keys, sessions and roles that open less than before.
    case access
}

extension Connection {
    package func announce(_ topic: Topic) { announce(topic.rawValue) }
}

extension Work {
    package func announce(_ topic: Topic) { announce(topic.rawValue) }
}

extension House {
    /// Calls `act` after each announcement, and whenever one may have been missed.
    package func listen(_ topic: Topic, _ act: @escaping @Sendable () -> Void) {
        store.listen(topic.rawValue, act)
    }
}
