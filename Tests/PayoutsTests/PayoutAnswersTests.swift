import Testing
import Values

@testable import Payouts

@Suite("A bank's answers")
struct PayoutAnswersTests {
    private static let four = [
        PayoutAnswer(item: "E-1", outcome: .paid, reference: "B 77"),
        PayoutAnswer(item: "E-2", outcome: .rejected),
        PayoutAnswer(item: "E-3", outcome: .returned, reference: "AC04"),
        PayoutAnswer(item: "E-4", outcome: .unknown),
    ]

    @Test(
        "are read whatever the line ends, with a byte order mark or without",
        arguments: [
            ("\n", "", "\n"), ("\r\n", "", "\r\n"), ("\n", "\u{FEFF}", ""),
            ("\r\n", "\u{FEFF}", "\r\n\r\n\n"),
            ("\n\n", "", ""),
        ])
    func reads(_ end: String, _ mark: String, _ last: String) throws {
        let lines = [
            "item,outcome,reference", "E-1,paid,B 77", "E-2,rejected,", "E-3,returned,AC04", "E-4,unknown,",
        ]
        #expect(try answers(mark + lines.joined(separator: end) + last) == Self.four)
    }

    @Test(
        "are read from quoted fields",
        arguments: [
            ("\"E-1\",\"paid\",\"a, b\"", "a, b"), ("E-1,paid,\"say \"\"no\"\"\"", "say \"no\""),
            ("E-1,paid,\"\"\"\"", "\""), ("E-1,paid,=1+1", "=1+1"), ("E-1,paid,Zoë 🦊", "Zoë 🦊"),
        ])
    func quoted(_ line: String, _ reference: String) throws {
        let read = try answers(header + line + "\r\n")
        #expect(read == [PayoutAnswer(item: "E-1", outcome: .paid, reference: reference)])
    }

    @Test("may be none, and an empty reference is none")
    func empty() throws {
        #expect(try answers("item,outcome,reference") == [])
        #expect(try answers(header) == [])
        #expect(try answers(header + "E-1,paid,\"\"") == [PayoutAnswer(item: "E-1", outcome: .paid)])
    }

    @Test(
        "need their header",
        arguments: [
            "", "\n\n", "\u{FEFF}", "E-1,paid,", "item;outcome;reference\n", "Item,Outcome,Reference\n",
            "item,outcome\nE-1,paid", "outcome,item,reference\n", "item,outcome,reference,more\n",
            "\"item,outcome",
        ])
    func needsHeader(_ text: String) {
        let refusal = #expect(throws: Refusal.self) { try answers(text) }
        #expect(refusal?.sentence.hasSuffix("must be the header item,outcome,reference") == true)
    }

    @Test(
        "are refused with the number of the line",
        arguments: [
            ("E-2,Paid,", "/lines/3/outcome", "not_one_of"), ("E-2,,", "/lines/3/outcome", "not_one_of"),
            ("E-2, paid,", "/lines/3/outcome", "not_one_of"), (",paid,", "/lines/3/item", "missing"),
            (" E-2,paid,", "/lines/3/item", "not_an_identifier"), ("E-2", "/lines/3", "refused"),
            ("E-2,paid", "/lines/3", "refused"), ("E-2,paid,a,b", "/lines/3", "refused"),
            ("E-2,paid,a\"b\"", "/lines/3", "refused"), ("\"E-2\"x,paid,", "/lines/3", "refused"),
            ("E-2,paid,a\tb", "/lines/3/reference", "control_character"),
            ("E-2,paid,\"a\nb\"", "/lines/3/reference", "control_character"),
            ("E-2,paid,\r", "/lines/3/reference", "control_character"),
            ("E-2,paid,\"a", "/lines/3", "refused"),
            ("E-2\0,paid,", "/lines/3/item", "control_character"),
            (String(repeating: "E", count: 129) + ",paid,", "/lines/3/item", "too_long"),
            ("E-2,paid," + String(repeating: "é", count: 141), "/lines/3/reference", "too_long"),
        ])
    func badLine(_ line: String, _ pointer: String, _ code: String) {
        let refusal = #expect(throws: Refusal.self) { try answers(header + "E-1,paid,\n" + line) }
        #expect(refusal?.faults.map(\.pointer) == [pointer])
        #expect(refusal?.faults.map(\.code) == [code])
    }

    @Test("are all judged: a bad line does not hide the next, and a line within quotes counts")
    func allFaults() {
        let lines = ["E-1,paid,", "E-2,lost,", "\"E-3\"x,paid,", "E-4,paid,\"a\nb\"", "E-5,gone,", "E-6"]
        let refusal = #expect(throws: Refusal.self) { try answers(header + lines.joined(separator: "\r\n")) }
        #expect(
            refusal?.faults.map(\.pointer)
                == ["/lines/3/outcome", "/lines/4", "/lines/5/reference", "/lines/7/outcome", "/lines/8"])
    }

    @Test("are refused in another encoding, by line")
    func encoding() {
        let bytes = Array((header + "E-1,paid,").utf8) + [0x5A, 0x6F, 0xEB]
        let refusal = #expect(throws: Refusal.self) { try PayoutAnswer.read(bytes) }
        #expect(refusal?.sentence == "/lines/2/reference is not UTF-8")
    }

    @Test("may repeat themselves")
    func repeats() throws {
        let read = try answers(header + "E-1,paid,B 77\nE-2,rejected,\nE-1,paid,B 77\n")
        #expect(read == Array(Self.four.prefix(2)))
    }

    @Test(
        "may not contradict themselves",
        arguments: [
            ("E-1,returned,B 77", "/lines/4/outcome was paid on line 2 and is now returned"),
            ("E-1,paid,B 78", "/lines/4/reference was B 77 on line 2 and is now B 78"),
            ("E-1,paid,", "/lines/4/reference was B 77 on line 2 and is now nothing"),
        ])
    func contradicts(_ line: String, _ sentence: String) {
        let refusal = #expect(throws: Refusal.self) {
            try answers(header + "E-1,paid,B 77\nE-2,rejected,\n" + line)
        }
        #expect(refusal?.sentence == sentence)
        #expect(refusal?.code == "invalid")
    }

    @Test("are at most ten million bytes, and a hundred faults are told")
    func bounds() throws {
        let head = Array(header.utf8)
        let blank = [UInt8](repeating: 10, count: PayoutAnswer.bytesMax - head.count)
        #expect(try PayoutAnswer.read(head + blank) == [])
        #expect(throws: Refusal.tooLarge(limit: 10_000_000)) { try PayoutAnswer.read(head + blank + [10]) }
        let refusal = #expect(throws: Refusal.self) {
            try answers(header + String(repeating: "x\n", count: 5_000))
        }
        #expect(refusal?.faults.count == 100)
    }

    @Test("never trap, whatever the bytes", arguments: 0..<200 as Range<UInt64>)
    func anyBytes(_ seed: UInt64) {
        var dice = Dice(state: seed)
        let pieces = [
            ",", "\"", "\n", "\r", "\r\n", "E-1", "paid", "lost", "\0", "\u{FEFF}", "é", " ", "\"\"",
            "E-2,paid,x\n",
        ]
        var bytes = seed % 5 == 0 ? [] : Array(header.utf8)
        for _ in 0..<Int.random(in: 0..<60, using: &dice) {
            bytes += Array((pieces.randomElement(using: &dice) ?? "").utf8)
            if seed % 3 == 0 { bytes.append(UInt8.random(in: .min ... .max, using: &dice)) }
        }
        guard let answers = try? PayoutAnswer.read(bytes) else { return }
        #expect(Set(answers.map(\.item)).count == answers.count)
        #expect(answers.allSatisfy { !$0.item.isEmpty })
    }
}

private let header = "item,outcome,reference\n"

private func answers(_ text: String) throws(Refusal) -> [PayoutAnswer] {
    try PayoutAnswer.read(Array(text.utf8))
}
