import Facts
import HTTPTypes
import Hummingbird
import Recording
import Tracking
import Values
import Web
import Work

extension API {
    typealias Handler = @Sendable (Request, Visit) async throws -> Response

    static let batchFactsMax = 1000

    /// One fact, in the fields of its kind.
    func record(_ kind: FactKind) -> Handler {
        { request, visit in
            let principal = try visit.mustBeKnown()
            let program = try visit.mustHaveProgram()
            let key = try request.idempotencyKey
            guard let members = try JSON(reading: try await request.bytes()).members else {
                throw Refusal.invalid("", .notObject)
            }
            let fact = try read(kind, members, key, program)
            let answer = try await intake.record(fact, in: program, as: principal)
            if kind == .link { await knowLinks() }
            switch answer {
            case .new(let body, _): return .json(written: body, status: .created)
            case .repeated(let body): return .json(written: body)
            case .parked(let missing): return .json(written: API.parked(fact, missing), status: .accepted)
            case .refused(let refusal): throw refusal
            }
        }
    }

    /// Up to a thousand facts, in their order; each with its own answer.
    func recordMany(_ request: Request, _ visit: Visit) async throws -> Response {
        let principal = try visit.mustBeKnown()
        let program = try visit.mustHaveProgram()
        let key = try request.idempotencyKey
        let list = try API.facts(in: try JSON(reading: try await request.bytes()))
        let read = list.enumerated().map { index, json in
            Result<FactRecord, Refusal> { () throws(Refusal) in
                try self.read(json, key.map { "\($0)\u{0}\(index)" }, program)
            }
        }
        let facts = read.compactMap { try? $0.get() }
        var answers = try await intake.record(facts, in: program, as: principal)[...]
        if facts.contains(where: { $0.kind == .link }) { await knowLinks() }
        let results = read.enumerated().map { index, fact -> String in
            switch fact {
            case .failure(let refusal): API.result(refusal, at: index)
            case .success(let fact): API.result(fact, answers.removeFirst(), at: index)
            }
        }
        return .json(written: JSONText.object { $0.put("results", written: results) })
    }

    /// Whoever is told that a link was made finds it here at once. If not, it is found as on other servers:
    /// what was recorded is answered all the same.
    private func knowLinks() async { try? await linkBook.refresh() }

    private static func facts(in json: JSON) throws(Refusal) -> [JSON] {
        guard let members = json.members else { throw .invalid("", .notObject) }
        if let other = members.first(where: { $0.key != "facts" }) {
            throw .invalid("/\(other.key)", .unknown(allowed: ["facts"]))
        }
        guard let facts = members.first?.value else { throw .invalid("/facts", .missing) }
        guard let list = facts.elements else { throw .invalid("/facts", .notList) }
        guard list.count <= batchFactsMax else {
            throw .invalid("/facts", .exceeds("\(batchFactsMax) facts"))
        }
        return list
    }

    // MARK: Reading

    private func read(_ json: JSON, _ key: String?, _ program: String) throws(Refusal) -> FactRecord {
        guard let members = json.members else { throw .invalid("", .notObject) }
        let names = FactKind.fromOutside.map(\.rawValue)
        guard let name = members.first(where: { $0.key == "fact" })?.value else {
            throw .invalid("/fact", .missing)
        }
        guard let kind = name.text.flatMap(FactKind.init), FactKind.fromOutside.contains(kind) else {
            throw .invalid("/fact", .notOneOf(names))
        }
        return try read(kind, members.filter { $0.key != "fact" }, key, program)
    }

    private func read(
        _ kind: FactKind, _ members: [JSON.Member], _ key: String?, _ program: String
    ) throws(Refusal) -> FactRecord {
        let now = house.now()
        let digest = key.map { Digest.bytes("\(kind.rawValue)\u{0}\($0)") }
        let fact = try FactReader(.outside(house.hashKey)).posted(kind, members, now: now) {
            // The same key, the same fact; longer than a click's own id, which says where the click lies.
            if let digest { return "\(kind.prefix)_\(base32(Array(digest.prefix(20))))" }
            guard kind == .click else { return house.chance.id(kind.prefix, at: now) }
            let visitor = members.first { $0.key == "visitor" }?.value.text
            return ClickID.make(
                at: now, bucket: ClickRows.bucket(visitor, program, house.hashKey), house.chance)
        }
        return digest.map { fact.under(requestKey: Digest.hexadecimal($0)) } ?? fact
    }

    // MARK: Answering

    private static func parked(_ fact: FactRecord, _ missing: FactName) -> String {
        JSON.record(["id": .string(fact.id), "parked": .bool(true), "waits_for": .string(missing.text)])
            .compact
    }

    private static func result(_ fact: FactRecord, _ answer: Answer, at index: Int) -> String {
        switch answer {
        case .new(let body, _): result(body, 201)
        case .repeated(let body): result(body, 200)
        case .parked(let missing): result(parked(fact, missing), 202)
        case .refused(let refusal): result(refusal, at: index, id: fact.id)
        }
    }

    private static func result(_ body: String, _ status: Int64) -> String {
        JSONText.object { text in
            text.put("status", status)
            text.putMembers(ofWritten: body)
        }
    }

    /// Pointers lead from the request's own root.
    private static func result(_ refusal: Refusal, at index: Int, id: String? = nil) -> String {
        let problem = Problem(refusal)
        let errors = problem.faults.map { Fault("/facts/\(index)\($0.pointer)", $0.reason).json }
        return JSON.record([
            "status": .int(problem.status.code), "id": id.json, "code": .string(problem.code),
            "detail": .string(problem.detail), "errors": errors.isEmpty ? nil : .array(errors),
        ]).compact
    }
}

extension Request {
    private static let idempotencyKeyMax = 255

    /// Bytes that are no UTF-8 come as U+FFFD, so that two keys of them could look the same.
    fileprivate var idempotencyKey: String? {
        get throws(Refusal) {
            let keys = headers[values: .idempotencyKey]
            guard let key = keys.first else { return nil }
            let isPlain = key.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            guard keys.count == 1, isPlain, (1...Self.idempotencyKeyMax).contains(key.utf8.count) else {
                let sentence = "must be one of 1 to \(Self.idempotencyKeyMax) printable characters of ASCII"
                throw .invalid("/Idempotency-Key", .because(sentence))
            }
            return key
        }
    }
}

extension HTTPField.Name {
    fileprivate static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
}
