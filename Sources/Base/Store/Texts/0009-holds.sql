-- Rebuilt from the facts hold and release: from when on a conversion's money was held, and no longer.
CREATE TABLE conversion_hold (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    fact TEXT NOT NULL,
    is_hold BOOLEAN NOT NULL,
    PRIMARY KEY (program_id, conversion_id, at, fact)
);

-- What the earning brought on its statement, in the statement's currency.
ALTER TABLE earning ADD COLUMN stated_converted BIGINT;
