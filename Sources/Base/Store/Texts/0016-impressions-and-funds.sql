-- Impressions that were handed in; like clicks they have no sequence. A row stands for so many at once. What
-- their browsers said is looked at when they come and not kept.
CREATE TABLE impression (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    -- What a repeat is compared by.
    digest TEXT NOT NULL,
    visitor TEXT,
    link_id TEXT,
    partner_id TEXT,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    country TEXT,
    subs TEXT,
    views BIGINT NOT NULL,
    PRIMARY KEY (program_id, id)
);
CREATE INDEX impression_by_instant ON impression (program_id, at, id);

-- What partners' marketing funds hold, by the day (since 1970) on which it lapses: what was put by, what claims
-- took of it, and what has lapsed. Rebuilt.
CREATE TABLE fund (
    program_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    lapses_on BIGINT NOT NULL,
    accrued BIGINT NOT NULL,
    used BIGINT NOT NULL,
    lapsed BIGINT NOT NULL,
    PRIMARY KEY (program_id, partner_id, currency, lapses_on)
);

-- Which claim each proof was paid for. Rebuilt.
CREATE TABLE fund_proof (
    program_id TEXT NOT NULL,
    proof TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    PRIMARY KEY (program_id, proof)
);
