import Synchronization

/// Who is called when something was announced. They are called by whoever committed it, so they are short.
final class Listeners: Sendable {
    /// The channel that all our servers on one database share.
    static let channel = "tallystick"

    private let acts = Mutex<[String: [@Sendable () -> Void]]>([:])

    func add(_ topic: String, _ act: @escaping @Sendable () -> Void) {
        acts.withLock { $0[topic, default: []].append(act) }
    }

    func call(_ topic: String) {
        for act in acts.withLock({ $0[topic] ?? [] }) { act() }
    }

    /// Something may have been missed.
    func callAll() {
        for act in acts.withLock({ $0.values.flatMap { $0 } }) { act() }
    }
}
