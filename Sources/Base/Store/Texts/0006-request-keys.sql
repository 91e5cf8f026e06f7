-- The idempotency keys that facts were posted under: SHA-256 of the fact's kind and the key.
CREATE TABLE request_key (
    program_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    PRIMARY KEY (program_id, hash)
);
