import Foundation
import Store
import Values

/// Secrets that belong to the whole database, sealed by the vault.
package enum Secret {
    /// The key that personal values are hashed with: made once, and never changed, or facts could not be
    /// compared.
    package static func hashKey(_ connection: any Connection, _ vault: Vault, _ chance: Chance) throws
        -> HashKey
    {
        if let row = try connection.first("SELECT sealed FROM secret WHERE name = 'hash'") {
            let text = try vault.open(row.text("sealed"), for: "secret hash")
            guard let bytes = Data(base64Encoded: text) else {
                throw Refusal.unavailable("the hash key is damaged")
            }
            return HashKey(Array(bytes))
        }
        let bytes = chance.bytes(32)
        let sealed = try vault.seal(Data(bytes).base64EncodedString(), for: "secret hash")
        try connection.run(
            """
            INSERT INTO secret (name, key_id, sealed) VALUES ('hash', \(vault.keyID), \(sealed))
            ON CONFLICT DO NOTHING
            """
        )
        guard let row = try connection.first("SELECT sealed FROM secret WHERE name = 'hash'"),
            row.text("sealed") == sealed
        else { return try hashKey(connection, vault, chance) }
        return HashKey(bytes)
    }

    /// Seals everything again with the key in use.
    /// - Returns: how many values there were.
    /// - Throws: `Refusal.unavailable` when another does the same: what it sealed, our key file may not open.
    package static func reseal(_ connection: any Connection, _ vault: Vault) throws -> Int {
        var count = 0
        for row in try connection.rows("SELECT name, sealed FROM secret ORDER BY name") {
            let name = row.text("name")
            let clear = try vault.open(row.text("sealed"), for: "secret \(name)")
            let sealed = try vault.seal(clear, for: "secret \(name)")
            let old = row.text("sealed")
            let isOurs =
                try connection.run(
                    """
                    UPDATE secret SET key_id = \(vault.keyID), sealed = \(sealed)
                     WHERE name = \(name) AND sealed = \(old)
                    """) == 1
            guard isOurs else {
                throw Refusal.unavailable("another seals the secrets at the same time, with another key")
            }
            count += 1
        }
        return count
    }
}
