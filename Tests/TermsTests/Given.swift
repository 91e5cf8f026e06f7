import Engine
import Facts
import Terms
import Testing
import Values

/// The least a program needs.
let small = """
    program: acme
    currency: USD
    partners:
      affiliate: {plan: standard}
    plans:
      standard:
        - rule: sale
          on: sale
          pay: 20%

    """

/// A program whose one rule has `lines` besides; the first of them is line 10, the keys begin in column 7.
func ruled(_ lines: String...) -> String { ruled(lines) }

func ruled(_ lines: [String]) -> String {
    small.dropLast() + "\n" + lines.map { "      \($0)\n" }.joined()
}

/// As if nothing of the wider grammar were paid by, whatever is by now.
let everyProvision = Set(Provision.allCases)

func complaints(about yaml: String, refusing refused: Set<Provision> = everyProvision) -> [Complaint] {
    do {
        return try ProgramFile.read(yaml, refusing: refused).warnings
    } catch {
        return error.complaints
    }
}

/// What `program check` would print, without the file's name.
func told(_ yaml: String, refusing refused: Set<Provision> = everyProvision) -> [String] {
    complaints(about: yaml, refusing: refused).map { "\($0.line):\($0.column): \($0.sentence)" }
}

/// The same for the whole grammar, whether it is paid by or not.
func toldOfAll(_ yaml: String) -> [String] { told(yaml, refusing: []) }

/// Terms of the whole grammar, and the names of what they speak of.
func compiled(_ yaml: String) throws -> (terms: Terms, names: Names) {
    var names = Names()
    // Numbers of a fold that knows other words are not those of the file.
    _ = names.partner("p_1")
    _ = names.word("elsewhere")
    let file = try ProgramFile.read(yaml, refusing: [])
    return (file.compile(version: 1, effectiveAt: nil, &names), names)
}

/// The one rule of `ruled`, with its words.
func compiledRule(_ lines: String...) throws -> (rule: Rule, names: Names) {
    let (terms, names) = try compiled(tiered(ruled(lines)))
    return (try #require(terms.rule(0)), names)
}

/// The program with two tiers of partners; all lines of its plan stand one lower.
func tiered(_ yaml: String) -> String {
    yaml.replacing("plans:\n", with: "tiers: [{name: silver}, {name: gold}]\nplans:\n")
}

/// The program with one more entry in its plan, from line 10 on; its keys begin in column 7.
func beside(_ entry: String) -> String { small + "    - \(entry)\n" }
