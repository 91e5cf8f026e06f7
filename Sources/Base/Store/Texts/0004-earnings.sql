-- What follows from facts: conversions, decisions, earnings and their lines. All rebuilt.

CREATE TABLE conversion (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    identity TEXT,
    click_id TEXT,
    visitor TEXT,
    coupon TEXT,
    terms BIGINT NOT NULL,
    source TEXT,
    is_new_customer BOOLEAN NOT NULL,
    decisions BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    is_rejected BOOLEAN NOT NULL,
    is_held BOOLEAN NOT NULL,
    PRIMARY KEY (program_id, id)
);
CREATE INDEX conversion_by_identity ON conversion (program_id, identity, at) WHERE identity IS NOT NULL;
CREATE INDEX conversion_by_click ON conversion (program_id, click_id) WHERE click_id IS NOT NULL;
CREATE INDEX conversion_by_visitor ON conversion (program_id, visitor, at) WHERE visitor IS NOT NULL;
CREATE INDEX conversion_by_coupon ON conversion (program_id, coupon, at) WHERE coupon IS NOT NULL;
CREATE INDEX conversion_by_sequence ON conversion (program_id, sequence);

CREATE TABLE conversion_person (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    email TEXT,
    PRIMARY KEY (program_id, conversion_id)
);

-- A customer by its id (c:…), else its hashed e-mail (e:…), else its visitor (v:…).
CREATE TABLE customer (
    program_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    bound_to TEXT,
    bound_by TEXT,
    bound_at BIGINT,
    first_paid_at BIGINT,
    first_paid_id TEXT,
    last_at BIGINT,
    last_id TEXT,
    PRIMARY KEY (program_id, identity)
);

CREATE TABLE decision (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    source TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (program_id, conversion_id, number)
);

-- What a conversion earns a partner under a rule: pending, approved, then stated.
CREATE TABLE earning (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    rule BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    at BIGINT NOT NULL,
    base BIGINT NOT NULL,
    base_currency TEXT NOT NULL,
    percent_numerator BIGINT,
    percent_denominator BIGINT,
    rounding TEXT NOT NULL,
    hold_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    is_held BOOLEAN NOT NULL,
    posted BIGINT NOT NULL,
    stated_amount BIGINT,
    stated_currency TEXT,
    stated_numerator BIGINT,
    stated_denominator BIGINT,
    clawed_back BIGINT,
    opened BIGINT NOT NULL,
    PRIMARY KEY (program_id, conversion_id, partner_id, rule, generation)
);
CREATE INDEX earning_open ON earning (program_id, partner_id, opened) WHERE state <> 'stated';

CREATE TABLE line (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    rule BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    is_clawback BOOLEAN NOT NULL,
    statement_id TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (program_id, id)
);
CREATE INDEX line_by_conversion ON line (program_id, conversion_id);
CREATE INDEX line_by_partner ON line (program_id, partner_id, id);

CREATE TABLE clawback (
    program_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    open BIGINT NOT NULL,
    PRIMARY KEY (program_id, partner_id, number)
);
