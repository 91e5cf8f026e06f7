import Values

/// Who acts.
package enum Principal: Hashable, Sendable {
    /// A person on the staff of the program at hand.
    case staff(person: String, role: Role)
    /// A program's own systems, with a key that `person` made.
    case key(id: String, person: String)
    /// Whoever has the machine, on behalf of a person: `payouts approve --as EMAIL`.
    case `operator`(person: String, role: Role)
    case clock

    package var person: String? {
        switch self {
        case .staff(let person, _), .key(_, let person), .operator(let person, _): person
        case .clock: nil
        }
    }

    /// As it is written into the audit log.
    package var text: String {
        switch self {
        case .staff(let person, _): person
        case .key(let id, _): "key \(id)"
        case .operator(let person, _): "by operator for \(person)"
        case .clock: "clock"
        }
    }

    package func may(_ permission: Permission) -> Bool {
        switch self {
        case .staff(_, let role), .operator(_, let role): role.permissions.contains(permission)
        case .key: permission == .read || permission == .record
        case .clock: permission != .approvePayouts && permission != .administer
        }
    }

    package func must(_ permission: Permission) throws(Refusal) {
        guard may(permission) else { throw .notAllowed(permission.words) }
    }
}

/// What a person on the staff is.
package enum Role: String, Hashable, Sendable, CaseIterable {
    case owner, manager, finance, viewer

    package var permissions: Set<Permission> {
        switch self {
        case .owner: Set(Permission.allCases)
        case .manager: [.read, .record, .publish]
        case .finance: [.read, .openPayouts, .approvePayouts, .exportPayouts]
        case .viewer: [.read]
        }
    }
}

package enum Permission: String, Hashable, Sendable, CaseIterable {
    case read, record, publish, openPayouts, approvePayouts, exportPayouts, administer

    var words: String {
        switch self {
        case .read: "read"
        case .record: "record facts"
        case .publish: "publish terms"
        case .openPayouts: "open payouts"
        case .approvePayouts: "approve payouts"
        case .exportPayouts: "export payouts"
        case .administer: "manage people and keys"
        }
    }
}
