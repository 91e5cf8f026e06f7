import Foundation
import Testing
import Values

@Suite("Ids")
struct IDTests {
    @Test(
        "base 32 is Crockford's in lower case",
        arguments: [
            ([], ""), ([0], "00"), ([0xFF], "zw"), ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "zzzzzzzz"),
            ([0, 0, 0, 0, 1], "00000001"),
            ([0x66], "cr"), ([0x66, 0x6F], "csqg"), ([0x66, 0x6F, 0x6F], "csqpy"),
            ([0x66, 0x6F, 0x6F, 0x62, 0x61, 0x72], "csqpyrk1e8"),
        ] as [([UInt8], String)])
    func encodes(_ bytes: [UInt8], _ text: String) {
        #expect(base32(bytes) == text)
        #expect(base32Bytes(text) == bytes)
    }

    @Test(
        "base 32 reads back what it wrote, and nothing else",
        arguments: ["0", "01", "zx", "zwa", "ZW", "zu", "z-", "é0", "csqpyrk1e9", "000"])
    func refuses(_ text: String) { #expect(base32Bytes(text) == nil) }

    @Test("base 32 sorts as its bytes do, and tells all of them apart")
    func order() {
        var chance = Seeded(3)
        let rows = (0..<500).map { _ in (0..<12).map { _ in UInt8.random(in: 0...255, using: &chance) } }
        let sorted = rows.sorted { $0.lexicographicallyPrecedes($1) }.map(base32)
        #expect(sorted == sorted.sorted { $0.precedes($1) })
        #expect(Set(sorted).count == 500)
        #expect(rows.allSatisfy { base32Bytes(base32($0)) == $0 })
    }

    @Test("are prefixed and sort by time")
    func timeOrder() {
        let chance = Chance { [UInt8](repeating: 0xFF, count: $0) }
        let calm = Chance { [UInt8](repeating: 0, count: $0) }
        let early = chance.id("par", at: instant("2026-11-03T10:12:00.000Z"))
        let late = calm.id("par", at: instant("2026-11-03T10:12:00.001Z"))
        #expect(early.precedes(late))
        #expect(early.hasPrefix("par_") && early.utf8.count == 4 + 26)
        #expect(early == chance.id("par", at: instant("2026-11-03T10:12:00Z")))
        #expect(chance.id("par", at: instant("1950-01-01")).hasPrefix("par_000000000"))
    }

    @Test("are compared by their bytes, not by their characters")
    func bytes() {
        #expect(ID<Int>("Z") < ID<Int>("a") && ID<Int>("a") < ID<Int>("é"))
        #expect("e\u{301}".precedes("\u{e9}") && !"\u{e9}".precedes("e\u{301}"))
        #expect("a".precedes("aa") && !"a".precedes("a"))
    }

    @Test("a token has 160 bits, and no two are alike")
    func tokens() {
        let tokens = (0..<100).map { _ in Chance.system.token() }
        #expect(tokens.allSatisfy { $0.utf8.count == 32 } && Set(tokens).count == 100)
        #expect([0, 1, 7, 8, 9, 33].allSatisfy { Chance.system.bytes($0).count == $0 })
    }
}

@Suite("Digests")
struct DigestTests {
    @Test("are SHA-256 as published (FIPS 180-4)")
    func published() {
        #expect(Digest.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest.hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Digest.hex(Array("abc".utf8)) == Digest.hex("abc"))
        #expect(Digest.hexadecimal(Digest.bytes("abc")) == Digest.hex("abc"))
    }

    @Test("with a key keep purposes and keys apart")
    func keyed() {
        let key = HashKey([1])
        #expect(key.hash("ada@acme.test", purpose: "email").utf8.count == 32)
        #expect(key.hash("a", purpose: "email") == HashKey([1]).hash("a", purpose: "email"))
        #expect(key.hash("a", purpose: "email") != key.hash("a", purpose: "name"))
        #expect(key.hash("a", purpose: "email") != HashKey([2]).hash("a", purpose: "email"))
    }
}

@Suite("The clock")
struct ClockTests {
    @Test("stands where it was stopped")
    func stopped() {
        #expect(Clock.stopped(at: instant("2026-11-03")).now() == instant("2026-11-03"))
    }

    @Test("on the wall agrees with Foundation's")
    func wall() {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        #expect(abs(Clock.wall.now().milliseconds - now) < 5000)
    }
}
