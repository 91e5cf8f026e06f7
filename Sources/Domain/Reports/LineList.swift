import Values
import Work

/// Commission lines as the API lists them: the derivation of each, and where its money stands.
package struct LineList: Sendable {
    package let id: String
    package let json: JSON

    private init(_ line: LineFile) throws {
        id = line.id
        let own = (try JSON(reading: line.body.utf8).members ?? []).filter { $0.key != "line" }
        let end: [JSON.Member] = [.init("status", .string(line.status.rawValue))]
        let statement = line.statement.map { [JSON.Member("statement", .string($0))] } ?? []
        json = .object([.init("id", .string(line.id))] + own + end + statement)
    }
}

extension LineList {
    package static func find(_ id: String, at look: Look) throws -> LineList? {
        try LineQueries.find(id, at: look).map(LineList.init)
    }

    /// The newest first; of one partner where it is named.
    package static func page(
        before id: String?, of partner: String?, limit: Int, at look: Look
    ) throws -> [LineList] {
        try LineQueries.page(before: id, of: partner, limit: limit, at: look).map(LineList.init)
    }

    /// All lines of a conversion, in the order in which they were made.
    package static func of(conversion: String, at look: Look) throws -> [LineList] {
        try LineQueries.of(conversion: conversion, at: look).map(LineList.init)
    }
}
