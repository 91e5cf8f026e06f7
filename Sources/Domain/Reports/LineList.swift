import Engine
import Programs
import Replay
import Values
import Work

/// Commission lines as the API lists them: the derivation of each, where its money stands, and when it is
/// paid.
package struct LineList: Sendable {
    package let id: String
    package let json: JSON

    private init(_ line: LineFile, _ clock: MoneyClock) throws {
        id = line.id
        let own = (try JSON(reading: line.body.utf8).members ?? []).filter { $0.key != "line" }
        let status = [JSON.Member("status", .string(line.status.rawValue))]
        let statement = line.statement.map { [JSON.Member("statement", .string($0))] } ?? []
        json = .object([.init("id", .string(line.id))] + own + status + statement + clock.members)
    }

    private static func list(_ lines: [LineFile], _ shelf: TermsShelf, at look: Look) throws -> [LineList] {
        let terms = try ProgramQueries.terms(shelf, at: look)
        let clocks = try LineClocks(lines, terms, at: look)
        return try lines.map { try LineList($0, clocks[$0]) }
    }
}

extension LineList {
    package static func find(_ id: String, _ shelf: TermsShelf, at look: Look) throws -> LineList? {
        try list([LineQueries.find(id, at: look)].compactMap { $0 }, shelf, at: look).first
    }

    /// The newest first; of one partner where it is named.
    package static func page(
        before id: String?, of partner: String?, limit: Int, _ shelf: TermsShelf, at look: Look
    ) throws -> [LineList] {
        try list(LineQueries.page(before: id, of: partner, limit: limit, at: look), shelf, at: look)
    }

    /// All lines of a conversion, in the order in which they were made.
    package static func of(conversion: String, _ shelf: TermsShelf, at look: Look) throws -> [LineList] {
        try list(LineQueries.of(conversion: conversion, at: look), shelf, at: look)
    }
}
