-- The partner above this one.
ALTER TABLE partner ADD COLUMN parent TEXT;

-- What partners have said of the deals with a company: who registered one, and who helped with one.
CREATE TABLE registration (
    program_id TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    completed_at BIGINT NOT NULL,
    approved_at BIGINT,
    expires_at BIGINT,
    mode TEXT NOT NULL,
    scope TEXT,
    PRIMARY KEY (program_id, account, id)
);

CREATE TABLE assist (
    program_id TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, account, id)
);
