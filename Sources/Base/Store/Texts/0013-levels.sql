-- The partner above this one. What was told before it was asked for is found where that partner is there.
ALTER TABLE partner ADD COLUMN parent TEXT;

UPDATE partner SET parent = (
    SELECT p.id FROM fact f
      JOIN partner p ON p.program_id = f.program_id
           AND replace(f.body, '"parent":"' || p.id || '"', '') <> f.body
     WHERE f.program_id = partner.program_id AND f.kind = 'partner' AND f.id = partner.id
       AND f.body LIKE '%"parent":"%' AND p.id <> partner.id);

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
