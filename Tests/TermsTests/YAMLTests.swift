import Terms
import Testing

@Suite("A program file as YAML")
struct YAMLTests {
    @Test(
        "is refused with its place",
        arguments: [
            ("", "1:1: the file is empty; a program has at least program, currency, partners and plans"),
            (
                "# nothing\n",
                "1:1: the file is empty; a program has at least program, currency, partners and plans"
            ),
            (
                "---\n",
                "1:1: the file is empty; a program has at least program, currency, partners and plans"
            ),
            ("acme\n", "1:1: the file must be keys with values, beginning with `program: …`"),
            ("- acme\n", "1:1: the file must be keys with values, beginning with `program: …`"),
            ("program: acme\n\tname: x\n", "2:1: a tab has no place here; indent with spaces"),
            ("program: acme # a\u{0}\n", "1:18: a control character has no place here"),
            ("program: a\rb\n", "1:11: a control character has no place here"),
            ("program: \"a\\0b\"\n", "1:10: a text must not contain control characters"),
            ("name: ä\nprogram: a\u{FFFD}\n", "2:11: the file is not UTF-8 here"),
            ("\u{FEFF}program: acme\n", "1:1: the file must be UTF-8 without a byte order mark"),
            ("name: a\u{2028}b\n", "1:8: a Unicode line separator has no place here"),
            (
                "program: a\n---\nprogram: b\n",
                "2:1: one file holds one program: a second document begins here"
            ),
            ("program: a\nname: b\nprogram: c\n", "3:1: `program` stands twice in one mapping"),
            ("program: a\non: x\n\"on\": y\n", "3:1: `on` stands twice in one mapping"),
            ("click: {model: a, model: b}\n", "1:9: `model` stands twice in one mapping"),
            ("a: &x {b: c}\nd: *x\n", "1:4: anchors and aliases have no place here; write the value out"),
            ("a: &x b\n", "1:4: anchors and aliases have no place here; write the value out"),
            ("a: *x\n", "1:4: a value that begins with * must be quoted, such as \"*.acme.test\""),
            (
                "destinations: [acme.test, *.acme.test]\n",
                "1:27: a value that begins with * must be quoted, such as \"*.acme.test\""
            ),
            ("a: !!str b\n", "1:4: tags have no place here; quote a value that begins with !"),
            ("!x a: b\n", "1:1: tags have no place here; quote a value that begins with !"),
            (
                "amount: >= 50.00 USD\n",
                "1:9: a value that begins with > must be quoted, such as \">= 50.00 USD\""
            ),
            (
                "name: >\n  Acme\n",
                "1:7: a value that begins with > must be quoted, such as \">= 50.00 USD\""
            ),
            ("name: |\n  Acme\n", "1:7: write a text on one line, in quotes where needed"),
            ("name: @acme\n", "1:7: a value that begins with @ must be quoted"),
            ("name: %acme\n", "1:7: a value that begins with % must be quoted"),
            (
                "name: Acme: best\n",
                "1:11: this is not YAML: mapping values are not allowed in this context"
            ),
            ("? [a]\n: b\n", "1:3: a key must be a word"),
            ("a: {b: [c\n", "2:1: this is not YAML: did not find expected ',' or ']'"),
        ])
    func refuses(_ yaml: String, _ sentence: String) {
        #expect(told(yaml) == [sentence])
    }

    @Test("is refused when it is too large")
    func tooLarge() {
        let yaml = small + String(repeating: "# more\n", count: 150_000)
        #expect(told(yaml) == ["1:1: the file is larger than 1 MiB"])
    }

    @Test(
        "is refused when it is nested deeply, however that is written",
        arguments: ["[", "{a: ", "- ", "? ", "[{", "{? ", "- ? ", "[? "], [17, 900, 10_000])
    func nestedDeeply(_ opening: String, _ depth: Int) throws {
        let first = try #require(complaints(about: String(repeating: opening, count: depth)).first)
        #expect(!first.isWarning)
    }

    @Test("is not expanded: a billion laughs are refused at once")
    func billionLaughs() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for step in 1...40 {
            let aliases = Array(repeating: "*a\(step - 1)", count: 9).joined(separator: ", ")
            yaml += "? &a\(step) [\(aliases)]\n: x\n"
        }
        #expect(told(yaml) == ["1:5: anchors and aliases have no place here; write the value out"])
    }

    @Test(
        "is not followed in a circle",
        arguments: [
            "a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a {b: &b [*a, *b]}\n", "? &a [*a]\n: x\n",
            "a: &a\n  <<: *a\n", "&a a: *a\n", "a: [*b]\nb: &b [*a]\n",
        ])
    func circles(_ yaml: String) throws {
        let all = complaints(about: yaml)
        #expect(all.count == 1 && all[0].message.contains(/anchors and aliases|must be quoted/), "\(all)")
    }

    @Test("may be written with Windows line ends, a document mark, comments and signs inside texts")
    func tolerates() throws {
        let yaml =
            "---\n# ours\n"
            + small.replacing("program: acme", with: "program: acme # *a &b\nname: Rock & Roll*!")
        #expect(try ProgramFile.read(yaml.replacing("\n", with: "\r\n")).name == "Rock & Roll*!")
    }
}
