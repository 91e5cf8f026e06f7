-- Partners and what is theirs; rebuilt from facts, but for the personal values.

CREATE TABLE partner (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    type TEXT NOT NULL,
    plan TEXT,
    account TEXT,
    email_hash TEXT,
    country TEXT,
    currency TEXT,
    rail TEXT,
    left_at BIGINT,
    -- Its name in the books; two partners must not share one.
    leaf TEXT NOT NULL,
    PRIMARY KEY (program_id, id)
);
CREATE UNIQUE INDEX partner_by_leaf ON partner (program_id, leaf);

-- Erasing a person empties this row and touches no fact. `payout` is sealed.
CREATE TABLE partner_person (
    program_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    payout TEXT,
    PRIMARY KEY (program_id, partner_id)
);

CREATE TABLE link (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    destination TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (program_id, id)
);

-- Which program a slug belongs to: small, shared, and the one place where it is unique over all programs.
CREATE TABLE link_slug (
    slug TEXT NOT NULL PRIMARY KEY,
    program_id TEXT NOT NULL,
    link_id TEXT NOT NULL
);

CREATE TABLE coupon (
    program_id TEXT NOT NULL,
    code TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (program_id, code)
);

CREATE TABLE rate (
    program_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    day BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    PRIMARY KEY (program_id, currency, day)
);

-- Clicks have no sequence: their order is (at, id). One secondary index, (day, bucket); never one that leads
-- with a visitor or a random id. `bucket` is 16 bits of a keyed hash of the visitor.
CREATE TABLE click (
    id TEXT NOT NULL,
    day BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    program_id TEXT NOT NULL,
    visitor TEXT,
    link_id TEXT,
    partner_id TEXT,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    country TEXT,
    subs TEXT
);
CREATE INDEX click_by_day_and_bucket ON click (day, bucket);

CREATE TABLE click_person (
    day BIGINT NOT NULL,
    click_id TEXT NOT NULL,
    user_agent TEXT,
    referrer TEXT
);
CREATE INDEX click_person_by_day ON click_person (day, click_id);
