/// `1 line`, `2 lines`, `0 entries`
package func counted(_ number: some BinaryInteger, _ noun: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? noun : many ?? plural(noun))"
}

/// More than one of a noun, by the rules that our own nouns follow.
package func plural(_ noun: String) -> String {
    let isVowelBefore = noun.dropLast().last.map { "aeiou".contains($0) } ?? true
    return noun.hasSuffix("y") && !isVowelBefore ? noun.dropLast() + "ies" : noun + "s"
}
