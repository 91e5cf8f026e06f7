import Foundation

// embed-text FOLDER OUTPUT: writes the folder's files as one Swift dictionary of raw string literals.
let arguments = CommandLine.arguments
let folder = URL(filePath: arguments[1])
let output = URL(filePath: arguments[2])
let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .sorted { $0.path < $1.path }
var text = "enum Embedded {\n    static let files: [String: String] = [\n"
for file in files {
    let content = try String(contentsOf: file, encoding: .utf8)
    text += "        \"\(file.lastPathComponent)\": ####\"\"\"\n\(content)\n\"\"\"####,\n"
}
text += "    ]\n}\n"
try text.write(to: output, atomically: true, encoding: .utf8)
