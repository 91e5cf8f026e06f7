import Terms
import Testing

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
func ruled(_ lines: String...) -> String {
    small.dropLast() + "\n" + lines.map { "      \($0)\n" }.joined()
}

func complaints(about yaml: String) -> [Complaint] {
    do {
        return try ProgramFile.read(yaml).warnings
    } catch {
        return error.complaints
    }
}

/// What `program check` would print, without the file's name.
func told(_ yaml: String) -> [String] {
    complaints(about: yaml).map { "\($0.line):\($0.column): \($0.sentence)" }
}
