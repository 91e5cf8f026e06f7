import Testing

@testable import Web

/// Reads templates as Mustache does and holds every name in them against the members of a sample model.
struct TemplateCheck {
    let texts: [String: String]

    indirect enum Node {
        case value(String)
        case section(String, [Node])
        case partial(String)
        case parent(String, [Node])
        case block(String, [Node])
    }

    /// What is wrong, in words.
    func faults(in template: String, with leaf: Any) throws -> [String] {
        var faults = optionals(in: leaf, at: template)
        walk(try nodes(of: template), [leaf], [:], template, &faults)
        return faults
    }

    private func walk(
        _ nodes: [Node], _ stack: [Any], _ blocks: [String: [Node]], _ template: String,
        _ faults: inout [String]
    ) {
        for node in nodes {
            switch node {
            case .value(let name):
                if find(name, stack) == nil { faults.append("\(template): nothing is called \(name)") }
            case .section(let name, let children):
                guard let value = find(name, stack) else {
                    faults.append("\(template): nothing is called \(name)")
                    continue
                }
                guard let inner = push(value, stack) else {
                    faults.append("\(template): the sample's \(name) is empty")
                    continue
                }
                walk(children, inner, blocks, template, &faults)
            case .partial(let name):
                walk((try? self.nodes(of: name)) ?? [], stack, blocks, name, &faults)
            case .parent(let name, let children):
                var own = blocks
                for case .block(let block, let content) in children { own[block] = content }
                walk((try? self.nodes(of: name)) ?? [], stack, own, template, &faults)
            case .block(let name, let content):
                walk(blocks[name] ?? content, stack, blocks, template, &faults)
            }
        }
    }

    private func push(_ value: Any, _ stack: [Any]) -> [Any]? {
        switch value {
        case is Bool: stack
        case let list as [Any]: list.first.map { stack + [$0] }
        default: stack + [value]
        }
    }

    private func find(_ name: String, _ stack: [Any]) -> Any? {
        if name == "." { return stack.last }
        let parts = name.split(separator: ".").map(String.init)
        guard var value = stack.reversed().lazy.compactMap({ member(parts[0], of: $0) }).first else {
            return nil
        }
        for part in parts.dropFirst() {
            guard let next = member(part, of: value) else { return nil }
            value = next
        }
        return value
    }

    private func member(_ name: String, of value: Any) -> Any? {
        Mirror(reflecting: value).children.first { $0.label == name }?.value
    }

    private func optionals(in value: Any, at path: String) -> [String] {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional { return ["\(path) is optional"] }
        guard mirror.displayStyle == .struct || mirror.displayStyle == .collection else { return [] }
        guard !(value is String), !(value is Range<Int>) else { return [] }
        return mirror.children.flatMap { optionals(in: $0.value, at: "\(path).\($0.label ?? "0")") }
    }

    private func nodes(of template: String) throws -> [Node] {
        let text = try #require(texts[template], "there is no template \(template)")
        var tags = text.matches(of: /\{\{([#^\/<>$!{&]?)\s*([^}]*?)\s*\}\}/).map {
            (String($0.1), String($0.2))
        }[...]
        return try children(&tags, until: nil, template)
    }

    private func children(
        _ tags: inout ArraySlice<(String, String)>, until end: String?, _ template: String
    ) throws -> [Node] {
        var nodes: [Node] = []
        while let (sigil, name) = tags.popFirst() {
            switch sigil {
            case "/":
                try #require(name == end, "\(template): \(name) ends where \(end ?? "nothing") is open")
                return nodes
            case "#", "^": nodes.append(.section(name, try children(&tags, until: name, template)))
            case "<": nodes.append(.parent(name, try children(&tags, until: name, template)))
            case "$": nodes.append(.block(name, try children(&tags, until: name, template)))
            case ">": nodes.append(.partial(name))
            case "!": break
            case "": nodes.append(.value(name))
            default: Issue.record("\(template): \(name) is not escaped")
            }
        }
        try #require(end == nil, "\(template): \(end ?? "") has no end")
        return nodes
    }
}
