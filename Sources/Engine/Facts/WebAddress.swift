/// An http(s) address that leads to a host by name. Read by hand and strictly, because the check and the
/// browser must agree: `URL` reads `https://good\@evil` as evil, browsers as good.
package struct WebAddress: Hashable, Sendable {
    package let text: String
    /// In lower case, without the port.
    package let host: String

    /// Nil for anything with a user, a backslash, a control, a blank or a host that is not plain ASCII.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 2048, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else {
            return nil
        }
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else { return nil }
        let rest = bytes.dropFirst(scheme.utf8.count)
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let authority = rest[rest.startIndex..<end]
        let colon = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        let name = authority[authority.startIndex..<colon]
        let port = authority[colon...].dropFirst()
        guard port.allSatisfy({ (48...57).contains($0) }), port.count <= 5,
            colon == authority.endIndex || !port.isEmpty,
            WebAddress.isHost(name)
        else { return nil }
        self.text = text
        host = String(decoding: name, as: UTF8.self).lowercased()
    }

    /// Labels of letters, digits and hyphens; the last is no number, so that no spelling of an IP address
    /// passes.
    private static func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let arePlain = labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 0x20) || $0 == 0x2D }
        }
        guard arePlain, let last = labels.last, let first = last.first else { return false }
        return !(48...57).contains(first)
    }

    /// Whether one of `destinations` names the host: `acme.test`, or `*.acme.test` for the hosts below it.
    package func isAllowed(by destinations: [String]) -> Bool {
        destinations.contains { allowed in
            let allowed = allowed.lowercased()
            return allowed.hasPrefix("*.") ? host.hasSuffix(allowed.dropFirst()) : host == allowed
        }
    }

    /// The address with `name=value` in its query, before any fragment, and no other field of that name,
    /// however it was spelled: who reads the query must not find a stranger's first.
    package func adding(_ name: String, _ value: String) -> String {
        let cut = text.firstIndex(of: "#") ?? text.endIndex
        let mark = text[..<cut].firstIndex(of: "?") ?? cut
        var query = text[mark..<cut].dropFirst().split(separator: "&", omittingEmptySubsequences: false)
            .filter { !WebAddress.names($0, name) }.joined(separator: "&")
        if !query.isEmpty, !query.hasSuffix("&") { query += "&" }
        return "\(text[..<mark])?\(query)\(name)=\(value)\(text[cut...])"
    }

    /// Whether `field`, as it stands in a query, has this name when its `%XX` are read; in any case.
    private static func names(_ field: Substring, _ name: String) -> Bool {
        var bytes: [UInt8] = []
        var rest = field.utf8.prefix { $0 != UInt8(ascii: "=") }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let escaped = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self).lowercased() == name.lowercased()
    }
}
