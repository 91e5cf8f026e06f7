private import Yams

/// What YAML says, as plain text, lists and mappings, each with its place. Nothing is guessed from the look
/// of a text: `NO` stays a country, `on` a key and `1e3` a text that is no amount.
struct Tree: Sendable {
    enum Content: Sendable {
        case nothing
        case text(String)
        case list([Tree])
        case mapping([Member])
    }

    struct Member: Sendable {
        let key: String
        let spot: Spot
        let value: Tree
    }

    let content: Content
    let spot: Spot

    static let bytesMax = 1 << 20
    /// Twice what the grammar needs.
    static let depthMax = 16
}

extension Tree {
    /// Reads one document without anchors, aliases, tags and block texts; nil after a complaint.
    static func parse(_ yaml: String, _ complaints: inout Complaints) -> Tree? {
        guard yaml.utf8.count <= bytesMax else {
            complaints.error(.start, "", "the file is larger than 1 MiB")
            return nil
        }
        let source = Source(yaml)
        if let (spot, message) = source.fault {
            complaints.error(spot, "", message)
            return nil
        }
        do {
            // The basic resolver takes every scalar for text; with an encoding given no environment is asked.
            let parser = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                complaints.error(.start, "", emptyMessage)
                return nil
            }
            let tree = try Tree(root, source, depth: 0)
            if case .nothing = tree.content { throw Stop(spot: .start, message: emptyMessage) }
            return tree
        } catch let stop as Stop {
            complaints.error(stop.spot, "", stop.message)
        } catch let error as YamlError {
            let (spot, message) = source.explain(error)
            complaints.error(spot, "", message)
        } catch {
            complaints.error(.start, "", "the file cannot be read as YAML")
        }
        return nil
    }

    private static let emptyMessage =
        "the file is empty; a program has at least program, currency, partners and plans"

    private struct Stop: Error {
        let spot: Spot
        let message: String
    }

    private init(_ node: Node, _ source: Source, depth: Int) throws {
        spot = Spot(node.mark)
        // Yams follows aliases and forgets anchors, but a node that bears one begins with its sign.
        if let message = source.refusal(of: source.scalar(at: spot)) {
            throw Stop(spot: spot, message: message)
        }
        guard depth < Self.depthMax else { throw Stop(spot: spot, message: "this is nested too deeply") }
        switch node {
        case .scalar(let scalar):
            guard scalar.string.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw Stop(spot: spot, message: "a text must not contain control characters")
            }
            let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            content = isNothing ? .nothing : .text(scalar.string)
        case .sequence(let nodes):
            content = .list(try nodes.map { try Tree($0, source, depth: depth + 1) })
        case .mapping(let pairs):
            content = .mapping(
                try pairs.map { key, value in
                    let name = try Tree(key, source, depth: depth + 1)
                    guard case .text(let text) = name.content else {
                        throw Stop(spot: name.spot, message: "a key must be a word")
                    }
                    return Member(
                        key: text, spot: name.spot, value: try Tree(value, source, depth: depth + 1))
                })
        case .alias: throw Stop(spot: spot, message: Source.aliasMessage)
        }
    }
}

extension Spot {
    fileprivate init(_ mark: Mark?) {
        self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

/// The text of the file, by line and column as libyaml counts them.
private struct Source {
    private let scalars: [Unicode.Scalar]
    private let lines: [Int]

    init(_ yaml: String) {
        let scalars = Array(yaml.unicodeScalars)
        self.scalars = scalars
        lines = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
    }

    func scalar(at spot: Spot) -> Unicode.Scalar? {
        guard lines.indices.contains(spot.line - 1) else { return nil }
        let index = lines[spot.line - 1] + spot.column - 1
        return scalars.indices.contains(index) ? scalars[index] : nil
    }

    private func spot(of index: Int) -> Spot {
        let line = (lines.partitioningIndex { $0 > index }) - 1
        return Spot(line: line + 1, column: index - lines[line] + 1)
    }

    private func line(_ number: Int) -> ArraySlice<Unicode.Scalar> {
        let end = number < lines.count ? lines[number] - 1 : scalars.count
        return scalars[lines[number - 1]..<end]
    }

    /// What no program file may contain, whatever YAML would make of it.
    var fault: (Spot, String)? {
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "\n": continue
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": continue
            case "\t": return (spot(of: index), "a tab has no place here; indent with spaces")
            case "\u{FFFD}": return (spot(of: index), "the file is not UTF-8 here")
            case "\u{FEFF}": return (spot(of: index), "the file must be UTF-8 without a byte order mark")
            case "\u{2028}", "\u{2029}":
                return (spot(of: index), "a Unicode line separator has no place here")
            case _ where scalar.properties.generalCategory == .control:
                return (spot(of: index), "a control character has no place here")
            default: continue
            }
        }
        return expandingAlias
    }

    /// An anchor with an alias of the same name, quoted or not: refused before YAML expands it, because
    /// nested aliases grow without bound.
    private var expandingAlias: (Spot, String)? {
        var anchors: [[Unicode.Scalar]: Int] = [:]
        var aliases: Set<[Unicode.Scalar]> = []
        for index in scalars.indices where scalars[index] == "&" || scalars[index] == "*" {
            let name = Array(scalars[(index + 1)...].prefix { $0.isNamePart })
            guard !name.isEmpty else { continue }
            if scalars[index] == "*" {
                aliases.insert(name)
            } else if anchors[name] == nil {
                anchors[name] = index
            }
        }
        let first = anchors.filter { aliases.contains($0.key) }.values.min()
        return first.map { (spot(of: $0), Self.aliasMessage) }
    }

    static let aliasMessage = "anchors and aliases have no place here; write the value out"

    /// Why a value that begins with `sign` is refused; nil for any other.
    func refusal(of sign: Unicode.Scalar?) -> String? {
        switch sign {
        case "&": Self.aliasMessage
        case "*": "a value that begins with * must be quoted, such as \"*.acme.test\""
        case "!": "tags have no place here; quote a value that begins with !"
        case ">": "a value that begins with > must be quoted, such as \">= 50.00 USD\""
        case "|": "write a text on one line, in quotes where needed"
        default: nil
        }
    }

    func explain(_ error: YamlError) -> (Spot, String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            for spot in [context.map { Spot($0.mark) }, Spot(mark)].compactMap({ $0 }) {
                if let message = refusal(of: scalar(at: spot)) { return (spot, message) }
            }
            let spot = Spot(mark)
            if problem.contains("another document") {
                return (spot, "one file holds one program: a second document begins here")
            }
            if let sign = scalar(at: spot), "@`%".unicodeScalars.contains(sign) {
                return (spot, "a value that begins with \(sign) must be quoted")
            }
            return (spot, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let first = Spot(context.mark)
            return (second(key, after: first) ?? first, "\(shown(key)) stands twice in one mapping")
        case .reader(let problem, _, _, _): return (.start, "this is not YAML: \(problem)")
        default: return (.start, "the file cannot be read as YAML")
        }
    }

    /// Yams tells the first of two equal keys. In a block mapping the second stands in the same column
    /// below it.
    private func second(_ key: String, after first: Spot) -> Spot? {
        for number in lines.indices.map({ $0 + 1 }).dropFirst(first.line) {
            let line = line(number)
            let indent = line.prefix { $0 == " " }.count
            let text = line.dropFirst(indent).drop { $0 == "\"" || $0 == "'" }
            if indent == first.column - 1,
                text.prefix(key.unicodeScalars.count).elementsEqual(key.unicodeScalars)
            {
                return Spot(line: number, column: first.column)
            }
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// What libyaml takes into the name of an anchor.
    fileprivate var isNamePart: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}

extension [Int] {
    /// The first index whose element answers true; all after it must, too.
    fileprivate func partitioningIndex(_ isAfter: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Text of the file as a message shows it: in quotes where it could be mistaken, and not at length.
func shown(_ text: String) -> String {
    text.count <= 60 ? "`\(text)`" : "`\(text.prefix(60))…`"
}
