import Foundation
import Testing
import Values

private func read(_ text: String) throws -> JSON { try JSON(reading: Array(text.utf8)) }

private func complaint(_ bytes: [UInt8]) -> String? {
    do {
        _ = try JSON(reading: bytes)
        return nil
    } catch {
        return error.sentence
    }
}

@Suite("JSON")
struct JSONTests {
    @Test("is written member by member as its tree would be")
    func writes() throws {
        let inner = JSONText.object { $0.put("n", 7) }
        let text = JSONText.object(length: 1) { text in
            text.put("plain", "a\"b\\c\n\u{1}é😀")
            text.put("absent", String?.none)
            text.put("given", String?.some(""))
            text.put("null", null: ())
            text.put("number", -9_223_372_036_854_775_808)
            text.put("list", ["x", "y"]) { element, text in
                text.put("of", element)
                text.put("none", [String]()) { _, _ in }
            }
            text.put("written", written: inner)
            text.put("all", written: [inner, "{}"])
            text.putMembers(ofWritten: inner)
            text.putMembers(ofWritten: "{}")
        }
        let json = try read(text)
        #expect(json.compact == text)
        #expect(
            json["plain"]?.text == "a\"b\\c\n\u{1}é😀" && json["absent"] == nil && json["n"] == .number("7"))
        #expect(
            json["list"]?.elements?.map(\.compact) == [#"{"of":"x","none":[]}"#, #"{"of":"y","none":[]}"#])
        #expect(JSONText.object { _ in } == "{}")
    }

    @Test("is read with its numbers as text and its members in order")
    func reads() throws {
        let json = try read(
            " {\"b\" : [1, -2.50, 1e2, true, false, null] , \"a\":\"x\\u00e9\\ud83d\\ude00\\n\\/\"}\n")
        #expect(json.members?.map(\.key) == ["b", "a"])
        #expect(
            json["b"]?.elements == [
                .number("1"), .number("-2.50"), .number("1e2"), .bool(true), .bool(false), .null,
            ])
        #expect(json["a"]?.text == "xé😀\n/")
        #expect(try read("[]") == .array([]) && read("{}") == .object([]) && read("0") == .number("0"))
    }

    @Test(
        "takes for a whole number only digits that fit",
        arguments: [
            ("0", 0), ("-7", -7), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("1e2", nil),
            ("1.0", nil),
            ("1E0", nil), ("9223372036854775808", nil), ("123456789012345678901234567890", nil),
            ("\"1\"", nil), ("true", nil),
        ] as [(String, Int64?)])
    func wholes(_ text: String, _ value: Int64?) throws {
        #expect(try read(text).whole == value)
    }

    @Test(
        "is refused with the place and the cause",
        arguments: [
            ("", "the end comes too early at byte 0"),
            ("{\"a\":1,\"a\":2}", "the key a stands twice at byte 10"),
            ("{\"a\":1,\"\\u0061\":2}", "the key a stands twice at byte 15"),
            ("[1,]", "an unexpected character at byte 3"),
            ("{\"a\":1,}", "a key in quotes was expected at byte 7"),
            ("{a:1}", "a key in quotes was expected at byte 1"),
            ("{\"a\" 1}", "a colon was expected at byte 5"),
            ("[1 2]", "a comma or a closing bracket was expected at byte 3"),
            ("01", "something follows the value at byte 1"), ("-", "a digit was expected at byte 1"),
            ("1.", "a digit was expected at byte 2"), (".5", "an unexpected character at byte 0"),
            ("+1", "an unexpected character at byte 0"), ("1e", "a digit was expected at byte 2"),
            ("1e+", "a digit was expected at byte 3"), ("NaN", "an unexpected character at byte 0"),
            ("tru", "an unknown word at byte 0"),
            ("nul", "an unknown word at byte 0"), ("truee", "something follows the value at byte 4"),
            ("\"a", "a string without an end at byte 2"), ("\"\\", "a string without an end at byte 2"),
            ("\"\\x\"", "an unknown escape at byte 3"), ("\"\\u12\"", "a short escape at byte 3"),
            ("\"\\u+123\"", "a short escape at byte 3"), ("\"\\ud800\"", "a lone surrogate at byte 7"),
            ("\"\\ud800\\n\"", "a lone surrogate at byte 8"), ("\"\\udc00\"", "a lone surrogate at byte 7"),
            ("\"\\ud800\\ud800\"", "a lone surrogate at byte 13"),
            ("\"\t\"", "a control character in a string at byte 2"),
            ("\"\\n\u{1}\"", "a control character in a string at byte 4"),
            ("{} {}", "something follows the value at byte 3"),
            ("\u{FEFF}{}", "an unexpected character at byte 0"),
            ("// x\n{}", "an unexpected character at byte 0"),
            ("\u{A0}1", "an unexpected character at byte 0"), ("'a'", "an unexpected character at byte 0"),
        ])
    func refuses(_ text: String, _ cause: String) {
        #expect(complaint(Array(text.utf8)) == "the body is not JSON: \(cause)")
    }

    @Test(
        "is refused where a string is no UTF-8",
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func refusesBytes(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(complaint([quote] + bytes + [quote])?.contains("invalid UTF-8") == true)
        #expect(complaint(Array("\"\\n".utf8) + bytes + [quote])?.contains("invalid UTF-8") == true)
        #expect(complaint(Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.contains("invalid UTF-8") == true)
    }

    @Test("is bounded in depth and in the length of numbers, and a duplicate is found among many keys")
    func bounds() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(complaint(Array(nested(33).utf8)) == nil)
        #expect(complaint(Array(nested(34).utf8))?.contains("nesting deeper than 32") == true)
        #expect(
            complaint([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))?.contains("nesting") == true)
        #expect(complaint(Array(String(repeating: "9", count: 65).utf8))?.contains("more than 64") == true)
        let many = (0..<100).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(try read("{\(many)}").members?.count == 100)
        #expect(complaint(Array("{\(many),\"k50\":1}".utf8))?.contains("the key k50 stands twice") == true)
    }

    @Test("never traps, whatever the bytes", arguments: 0..<20)
    func survives(_ seed: Int) {
        var chance = Seeded(UInt64(seed))
        let seeds = [
            "{\"a\":[1,2.5e-3,\"\\ud83d\\ude00\"],\"b\":{\"c\":null}}", "[true,false,\"é\\n\"]", "-0.0",
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
            var bytes = seeds.randomElement(using: &chance)!
            for _ in 0..<Int.random(in: 1...4, using: &chance) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0..<3, using: &chance) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &chance)
                case 1: bytes.remove(at: index)
                default: bytes = Array(bytes.prefix(index))
                }
            }
            guard let json = try? JSON(reading: bytes) else { continue }
            #expect((try? JSON(reading: Array(json.compact.utf8))) == json)
        }
    }
}

@Suite("JSON beside Foundation's")
struct FoundationTests {
    @Test("random valid texts read the same", arguments: 0..<60)
    func agrees(_ seed: Int) throws {
        var chance = Seeded(UInt64(seed) + 1000)
        for _ in 0..<20 {
            let json = random(depth: 0, &chance)
            for text in [json.compact, json.canonical, spaced(json, &chance)] {
                let ours = try JSON(reading: Array(text.utf8))
                let theirs = try JSONSerialization.jsonObject(
                    with: Data(text.utf8), options: .fragmentsAllowed)
                #expect(isSame(ours, theirs), "\(text)")
            }
            #expect(try JSON(reading: Array(json.compact.utf8)) == json)
        }
    }

    private func random(depth: Int, _ chance: inout Seeded) -> JSON {
        switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &chance) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &chance))
        case 2: return .int(Int64.random(in: -1_000_000_000...1_000_000_000, using: &chance))
        case 3: return .string(text(&chance))
        case 4:
            return .array(
                (0..<Int.random(in: 0...4, using: &chance)).map { _ in random(depth: depth + 1, &chance) })
        default:
            var members: [JSON.Member] = []
            for _ in 0..<Int.random(in: 0...15, using: &chance) {
                let key = text(&chance)
                guard !members.contains(where: { $0.key == key }) else { continue }
                members.append(.init(key, random(depth: depth + 1, &chance)))
            }
            return .object(members)
        }
    }

    private func text(_ chance: inout Seeded) -> String {
        let letters = Array("abcXYZ019 \"\\/\n\t\r\u{8}\u{c}\u{1}\u{1f}\u{7f}éßЖ中😀\u{2028}\u{FFFD}")
        return String(
            (0..<Int.random(in: 0...8, using: &chance)).map { _ in letters.randomElement(using: &chance)! })
    }

    private func spaced(_ json: JSON, _ chance: inout Seeded) -> String {
        func blank() -> String { ["", " ", "\n", "\t", "\r\n  "].randomElement(using: &chance)! }
        switch json {
        case .array(let elements):
            return "[" + elements.map { blank() + spaced($0, &chance) + blank() }.joined(separator: ",") + "]"
        case .object(let members):
            return "{"
                + members.map {
                    "\(blank())\(JSON.string($0.key).compact)\(blank()):" + spaced($0.value, &chance)
                }.joined(separator: ",") + "}"
        default: return blank() + json.compact + blank()
        }
    }

    private func isSame(_ ours: JSON, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let flag): return theirs as? Bool == flag
        case .number: return (theirs as? NSNumber)?.int64Value == ours.whole
        case .string(let text): return (theirs as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .array(let elements):
            guard let list = theirs as? [Any], list.count == elements.count else { return false }
            return zip(elements, list).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let object = theirs as? [String: Any], object.count == members.count else { return false }
            return members.allSatisfy { member in object[member.key].map { isSame(member.value, $0) } ?? false
            }
        }
    }
}

@Suite("The canonical form (RFC 8785)")
struct CanonicalTests {
    @Test("sorts keys by UTF-16, not by UTF-8 (§3.2.3)")
    func keys() throws {
        let json = try read(
            #"{"\u20ac":"Euro Sign","\r":"Carriage Return","#
                + #""\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\u0080":"Control","#
                + #""\ud83d\ude00":"Emoji: Grinning Face","\u00f6":"Latin Small Letter O With Diaeresis"}"#
        )
        let order = [
            "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ]
        let sorted = try read(json.canonical)
        #expect(sorted.members?.compactMap(\.value.text) == order)
    }

    @Test("has the shortest escapes, slashes as they are, and no blanks (§3.2.2)")
    func strings() throws {
        let json = try read(
            #"{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#
        )
        #expect(json.canonical == #"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#)
        #expect(
            JSON.string("\u{8}\t\n\u{c}\r\u{7f}\u{2028}").canonical == "\"\\b\\t\\n\\f\\r\u{7f}\u{2028}\"")
    }

    @Test("sorts within, leaves lists as they are, and is a fixed point")
    func nested() throws {
        let json = try read(#"{"b":{"z":1,"a":[3,{"y":2,"x":1},1]},"a":""}"#)
        #expect(json.canonical == #"{"a":"","b":{"a":[3,{"x":1,"y":2},1],"z":1}}"#)
        #expect(try read(json.canonical).canonical == json.canonical)
        #expect(json.compact == #"{"b":{"z":1,"a":[3,{"y":2,"x":1},1]},"a":""}"#)
    }
}
