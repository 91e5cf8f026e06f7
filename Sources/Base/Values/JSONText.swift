/// An object's JSON text in the making, member by member: for what is written by the thousand, where a tree
/// of `JSON` would cost more than the text.
///
/// Keys are our own and need no escapes. A member whose value is nil is left out.
package struct JSONText {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// `{…}` with the members that `fill` puts in, in their order.
    /// - Parameter length: about how many bytes it will have.
    package static func object(length: Int = 1024, _ fill: (inout JSONText) -> Void) -> String {
        var text = JSONText()
        text.bytes.reserveCapacity(length)
        fill(&text)
        text.bytes.append(UInt8(ascii: "}"))
        return String(decoding: text.bytes, as: UTF8.self)
    }

    package mutating func put(_ key: StaticString, _ value: String) {
        begin(key)
        JSON.write(value, to: &bytes)
    }

    package mutating func put(_ key: StaticString, _ value: String?) {
        if let value { put(key, value) }
    }

    package mutating func put(_ key: StaticString, _ value: Int64) {
        begin(key)
        bytes += String(value).utf8
    }

    package mutating func put(_ key: StaticString, null: Void) {
        begin(key)
        bytes += "null".utf8
    }

    /// A value that is JSON text already.
    package mutating func put(_ key: StaticString, written value: String) {
        begin(key)
        bytes += value.utf8
    }

    /// A list of values that are JSON texts already.
    package mutating func put(_ key: StaticString, written values: [String]) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += value.utf8
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// A list of objects.
    package mutating func put<Element>(
        _ key: StaticString, _ elements: some Sequence<Element>, _ fill: (Element, inout JSONText) -> Void
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "{"))
            fill(element, &self)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The members of an object that is JSON text already.
    package mutating func putMembers(ofWritten object: String) {
        let inner = object.utf8.dropFirst().dropLast()
        guard !inner.isEmpty else { return }
        separate()
        bytes += inner
    }

    private mutating func begin(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func separate() {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
    }
}

extension JSON {
    /// Text that we wrote ourselves.
    package init(written text: String) {
        guard let json = try? JSON(reading: text.utf8) else { preconditionFailure("not JSON: \(text)") }
        self = json
    }
}
