import Facts
import Values
import Work

/// What came to a link's address. Texts are as a stranger sent them.
package struct Arrival: Sendable {
    package let slug: String
    /// `sub1` … `sub10`, `src`, `url` and `consent`, decoded.
    package let fields: [String: String]
    /// From the cookie.
    package let visitor: String?
    package let userAgent: String?
    package let referrer: String?
    package let isHead: Bool

    package init(
        slug: String, fields: [String: String], visitor: String?, userAgent: String?, referrer: String?,
        isHead: Bool
    ) {
        self.slug = slug
        self.fields = fields
        self.visitor = visitor
        self.userAgent = userAgent
        self.referrer = referrer
        self.isHead = isHead
    }
}

/// Where an arrival goes on to; its click is durable.
package struct Landing: Hashable, Sendable {
    package let click: String
    /// ASCII without blanks and controls; nil when the program has no page for it.
    package let location: String?
    /// For the cookie of a browser that had none.
    package let newVisitor: String?
}

/// A click's way: find the link → note who comes → choose where to → keep it → send it on.
package struct Redirects: Sendable {
    package static let clickField = "tally_click"
    private static let agentBytesMax = 1024
    private static let referrerBytesMax = 2048
    private static let subMax = 255

    private let house: House
    private let links: LinkBook
    private let queue: ClickQueue

    package init(house: House, links: LinkBook, queue: ClickQueue) {
        self.house = house
        self.links = links
        self.queue = queue
    }

    /// Nil for a slug that nobody knows.
    /// - Throws: `StoreError` when the click could not be kept.
    package func follow(_ arrival: Arrival) async throws -> Landing? {
        let now = house.now()
        guard let way = links.find(arrival.slug, at: now) else { return nil }
        var flags: StoredClick.Flags = []
        var content = ClickContent()
        content.link = way.entry.link
        content.consent = consent(arrival, &flags)
        let known = content.consent == false ? nil : arrival.visitor.flatMap(Visitor.recognise)
        let visitor = known ?? Visitor.make(house.chance)
        content.visitor = visitor
        content.subs = subs(arrival, &flags)
        content.isBot = isAutomatic(arrival, &flags)
        let target = destination(arrival, way, &flags)
        let bucket = ClickRows.bucket(visitor, way.entry.program, house.hashKey)
        let id = ClickID.make(at: now, bucket: bucket, house.chance)
        let click = StoredClick(
            id: id, at: now, receivedAt: now, content: content, flags: flags,
            userAgent: arrival.userAgent.map { bounded($0, Self.agentBytesMax) },
            referrer: arrival.referrer.map { bounded($0, Self.referrerBytesMax) }, isOurs: true)
        try await queue.record(click, in: way.entry.program)
        return Landing(
            click: id, location: target.map { $0.adding(Self.clickField, id).escapedBeyondASCII },
            newVisitor: known == nil && content.consent != false ? visitor : nil)
    }

    private func consent(_ arrival: Arrival, _ flags: inout StoredClick.Flags) -> Bool? {
        switch arrival.fields["consent"] {
        case "0", "false":
            flags.insert(.deniedConsent)
            return false
        case "1", "true":
            flags.insert(.gaveConsent)
            return true
        default: return nil
        }
    }

    /// Sub ids that cannot be kept are left out, and the click counts all the same.
    private func subs(_ arrival: Arrival, _ flags: inout StoredClick.Flags) -> [String?] {
        (1...10).map { number in
            let own = arrival.fields["sub\(number)"]
            guard let text = number == 1 ? own ?? arrival.fields["src"] : own, !text.isEmpty else {
                return nil
            }
            let fits =
                text.utf8.count <= Self.subMax
                || text.count <= Self.subMax && text.utf8.count <= 4 * Self.subMax
            guard fits, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                flags.insert(.subDropped)
                return nil
            }
            return text
        }
    }

    private func isAutomatic(_ arrival: Arrival, _ flags: inout StoredClick.Flags) -> Bool {
        if Robots.recognise(arrival.userAgent ?? "") { flags.insert(.bot) }
        if arrival.isHead { flags.insert(.head) }
        return flags.contains(.bot) || flags.contains(.head)
    }

    /// The page asked for, where its host is named among the program's; else the link's own. A link's page
    /// was checked when it was made, and is again: the terms may have changed.
    private func destination(
        _ arrival: Arrival, _ way: LinkBook.Way, _ flags: inout StoredClick.Flags
    ) -> WebAddress? {
        if let asked = arrival.fields["url"].flatMap({ WebAddress($0) }), asked.isAllowed(by: way.hosts) {
            return asked
        }
        if let own = way.entry.destination, way.hosts.isEmpty || own.isAllowed(by: way.hosts) { return own }
        flags.insert(.hostNotAllowed)
        return nil
    }

    private func bounded(_ text: String, _ bytes: Int) -> String {
        text.utf8.count <= bytes ? text : String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
    }
}

/// A browser, known by 128 bits of chance in a cookie.
enum Visitor {
    private static let length = 26

    static func make(_ chance: Chance) -> String { base32(chance.bytes(16)) }

    /// Nil for what we did not make.
    static func recognise(_ text: String) -> String? {
        let isOurs =
            text.utf8.count == length
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (97...122).contains($0)
            }
        return isOurs ? text : nil
    }
}

extension String {
    /// Bytes outside ASCII as `%XX` (RFC 3986 §2.1), for a header.
    fileprivate var escapedBeyondASCII: String {
        guard utf8.contains(where: { $0 >= 0x80 }) else { return self }
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in utf8 {
            out += byte < 0x80 ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: out, as: UTF8.self)
    }
}
