/// What stands in for Citus on a plain server: its functions, which check what they are told against the
/// catalogue as Citus does, and the table in which it keeps what it was told. No row moves.
package enum CitusStandIn {
    /// For a database's owner, who may write to the catalogue.
    package static let script = [
        """
        INSERT INTO pg_catalog.pg_extension
            (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        SELECT 4711, 'citus', oid, 'public'::regnamespace, false, '13.0' FROM pg_roles
         WHERE rolname = current_user
        """,
        """
        CREATE TABLE pg_dist_partition (
            logicalrelid regclass PRIMARY KEY, partmethod "char" NOT NULL, partkey text,
            colocationid integer NOT NULL, repmodel "char" NOT NULL)
        """,
        """
        CREATE FUNCTION column_to_column_name(table_name regclass, column_var_text text) RETURNS text
        LANGUAGE sql STRICT AS 'SELECT column_var_text'
        """,
        """
        CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
                RAISE EXCEPTION 'table "%" is already distributed', table_name;
            END IF;
            INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 0, 't');
        END $$
        """,
        distribute,
    ]

    private static let distribute = """
        CREATE FUNCTION create_distributed_table(
            table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
            colocate_with text DEFAULT 'default', shard_count integer DEFAULT NULL
        ) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            own pg_attribute;
            beside pg_attribute;
            place integer := (SELECT COALESCE(MAX(colocationid), 0) + 1 FROM pg_dist_partition);
            bad text;
        BEGIN
            IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
                RAISE EXCEPTION 'table "%" is already distributed', table_name;
            END IF;
            SELECT * INTO own FROM pg_attribute
             WHERE attrelid = table_name AND attname = distribution_column AND attnum > 0;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'column "%" of relation "%" does not exist', distribution_column, table_name;
            END IF;
            SELECT indexrelid::regclass::text INTO bad FROM pg_index
             WHERE indrelid = table_name AND indisunique AND own.attnum <> ALL (indkey::int2[]);
            IF FOUND THEN
                RAISE EXCEPTION 'cannot create constraint on "%": % does not have the distribution column',
                    table_name, bad;
            END IF;
            SELECT conname INTO bad FROM pg_constraint
             WHERE contype = 'f' AND conrelid = table_name AND own.attnum <> ALL (conkey);
            IF FOUND THEN
                RAISE EXCEPTION 'cannot create foreign key %', bad;
            END IF;
            SELECT tgname INTO bad FROM pg_trigger WHERE tgrelid = table_name AND NOT tgisinternal;
            IF FOUND THEN
                RAISE EXCEPTION 'cannot distribute relation "%" because it has triggers', table_name;
            END IF;
            IF colocate_with NOT IN ('none', 'default') THEN
                SELECT a.* INTO beside FROM pg_dist_partition p JOIN pg_attribute a
                    ON a.attrelid = p.logicalrelid AND a.attname = p.partkey
                 WHERE p.logicalrelid = colocate_with::regclass AND p.partmethod = 'h';
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'relation % is not distributed', colocate_with;
                END IF;
                IF (own.atttypid, own.attcollation) <> (beside.atttypid, beside.attcollation) THEN
                    RAISE EXCEPTION 'cannot colocate tables % and %', colocate_with, table_name;
                END IF;
                place := (SELECT colocationid FROM pg_dist_partition
                           WHERE logicalrelid = colocate_with::regclass);
            END IF;
            INSERT INTO pg_dist_partition
            SELECT relid, 'h', distribution_column, place, 's'
              FROM (SELECT table_name AS relid UNION
                    SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = table_name) family;
        END $$
        """
}
