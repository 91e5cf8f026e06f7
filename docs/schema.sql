-- The tables that the migrations in Sources/Base/Store/Texts make. Read this first.
-- Written by `TALLYSTICK_WRITE_SCHEMA=1 swift test --filter SchemaTests`; a test holds it.

CREATE TABLE api_key (
    hash TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    program_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
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

-- Who did what that was no fact, or with what reason.
CREATE TABLE audit (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (program_id, id)
);

CREATE TABLE balance (
    program_id TEXT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (program_id, account, currency)
);

CREATE TABLE batch (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approvals_needed BIGINT NOT NULL,
    frozen_at BIGINT,
    exported_at BIGINT,
    PRIMARY KEY (program_id, id)
);

CREATE TABLE batch_item (
    program_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    id TEXT NOT NULL,
    rail TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    reference TEXT,
    statements TEXT NOT NULL,
    PRIMARY KEY (program_id, batch_id, partner_id, currency)
);

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

-- What stands beside a click lies in its bucket too; rows from before this column say 0.
ALTER TABLE click_person ADD COLUMN bucket BIGINT NOT NULL DEFAULT 0;

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

ALTER TABLE conversion ADD COLUMN shares TEXT;

-- Rebuilt from the facts hold and release: from when on a conversion's money was held, and no longer.
CREATE TABLE conversion_hold (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    fact TEXT NOT NULL,
    is_hold BOOLEAN NOT NULL,
    PRIMARY KEY (program_id, conversion_id, at, fact)
);

CREATE TABLE conversion_person (
    program_id TEXT NOT NULL,
    conversion_id TEXT NOT NULL,
    email TEXT,
    PRIMARY KEY (program_id, conversion_id)
);

CREATE TABLE coupon (
    program_id TEXT NOT NULL,
    code TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (program_id, code)
);

ALTER TABLE coupon ADD COLUMN shares TEXT;

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

-- What a customer's conversions mean for what the next one pays: since when rules pay, and how far it has come
-- towards what they ask for. JSON.
ALTER TABLE customer ADD COLUMN course TEXT;

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

-- What the earning brought on its statement, in the statement's currency.
ALTER TABLE earning ADD COLUMN stated_converted BIGINT;

-- What an earning that is no share of its base comes to before it is rounded, where that is not the base itself:
-- minor units, as a fraction.
ALTER TABLE earning ADD COLUMN pay_amount TEXT;

ALTER TABLE earning ADD COLUMN pay_currency TEXT;

-- Whether the decision in force promises it.
ALTER TABLE earning ADD COLUMN stands BOOLEAN NOT NULL DEFAULT TRUE;

-- The step of its rule's tiers at which it stands, and what it adds to its period. JSON.
ALTER TABLE earning ADD COLUMN tiering TEXT;

-- What else an earning was reckoned by, beyond its base, its pay and its step. JSON.
ALTER TABLE earning ADD COLUMN frozen TEXT;

-- The journal, and what is paid from it. All rebuilt.

CREATE TABLE entry (
    program_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    effective_at BIGINT NOT NULL,
    posted_at BIGINT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (program_id, number)
);

CREATE INDEX entry_by_cause ON entry (program_id, cause);

CREATE TABLE fact (
    program_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (program_id, sequence)
);

CREATE UNIQUE INDEX fact_by_id ON fact (program_id, kind, id);

-- The ids of clicks that were handed in; those that the tracking face made need no row.
CREATE TABLE fact_key (
    program_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- Where the click is found: such an id says nothing of its day.
    day BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    PRIMARY KEY (program_id, kind, id)
);

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

CREATE TABLE job (
    program_id TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT,
    leased_by TEXT,
    tries BIGINT NOT NULL,
    done_at BIGINT,
    PRIMARY KEY (program_id, key)
);

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

-- What a line adds before rounding, where a statement rounds it: minor units, as a fraction.
ALTER TABLE line ADD COLUMN accrued TEXT;

CREATE TABLE link (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    destination TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (program_id, id)
);

-- Whose a link, a coupon or a conversion is, where several share it: partners with their exact shares. JSON.
-- The `partner_id` of a shared link or coupon is then the first of them; a shared conversion has no `source`.
ALTER TABLE link ADD COLUMN shares TEXT;

-- Which program a slug belongs to: small, shared, and the one place where it is unique over all programs.
CREATE TABLE link_slug (
    slug TEXT NOT NULL PRIMARY KEY,
    program_id TEXT NOT NULL,
    link_id TEXT NOT NULL
);

-- Net revenue that is summed together: of one rule, a partner, a pool (with its product or customer) and a
-- currency; beside it that of each customer where high rollers stand alone. Its periods are JSON. Rebuilt.
CREATE TABLE net_revenue (
    program_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    pool TEXT NOT NULL,
    product TEXT NOT NULL,
    identity TEXT NOT NULL,
    currency TEXT NOT NULL,
    periods TEXT NOT NULL,
    PRIMARY KEY (program_id, lane, partner_id, pool, product, identity, currency)
);

-- Facts that name one not yet seen. The personal values that came with them are sealed.
CREATE TABLE parked (
    program_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    person TEXT,
    awaits_kind TEXT NOT NULL,
    awaits_id TEXT NOT NULL,
    PRIMARY KEY (program_id, kind, id)
);

CREATE INDEX parked_by_awaited ON parked (program_id, awaits_kind, awaits_id);

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

-- The ranks that were given to a partner by hand: since when, by which fact, which. JSON.
ALTER TABLE partner ADD COLUMN ranks TEXT;

-- The partner above this one.
ALTER TABLE partner ADD COLUMN parent TEXT;

-- Erasing a person empties this row and touches no fact. `payout` is sealed.
CREATE TABLE partner_person (
    program_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    payout TEXT,
    PRIMARY KEY (program_id, partner_id)
);

-- People and keys.

CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX person_by_email ON person (email);

CREATE TABLE posting (
    program_id TEXT NOT NULL,
    entry BIGINT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (program_id, entry, account, currency)
);

-- The facts of every program, in the order in which they were accepted, and what the acts of people need.
-- Tables marked "rebuilt" follow from facts alone: `tallystick verify` makes them again and compares.

CREATE TABLE program (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row a program: whoever appends a fact takes it first, so that sequences are gapless in commit order.
CREATE TABLE program_head (
    program_id TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    hash TEXT NOT NULL,
    statement BIGINT NOT NULL,
    -- How many versions of the terms were published: who holds them compiled sees at once that there is a new one.
    terms BIGINT NOT NULL,
    settled_until BIGINT
);

-- How many clicks were handed in under the head, so that what was read before it was taken can be told from
-- what is there now.
ALTER TABLE program_head ADD COLUMN clicks BIGINT NOT NULL DEFAULT 0;

CREATE TABLE rate (
    program_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    day BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    PRIMARY KEY (program_id, currency, day)
);

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

-- The idempotency keys that facts were posted under: SHA-256 of the fact's kind and the key.
CREATE TABLE request_key (
    program_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    PRIMARY KEY (program_id, hash)
);

-- Values that only the key file opens: AES-GCM, the key's id beside each.
CREATE TABLE secret (
    name TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    sealed TEXT NOT NULL
);

CREATE TABLE session (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- One-time links; only a hash is kept.
CREATE TABLE sign_in (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- What a person may do in a program: owner, manager, finance or viewer.
CREATE TABLE staff (
    program_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, person_id)
);

CREATE TABLE statement (
    program_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    date BIGINT NOT NULL,
    pay_day BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (program_id, id)
);

CREATE INDEX statement_by_partner ON statement (program_id, partner_id, date);

CREATE INDEX statement_unpaid ON statement (program_id, sequence) WHERE batch_id IS NULL;

-- What is counted for steps and caps: of one kind, for one rule (or event), over one period. Rebuilt.
CREATE TABLE tally (
    program_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    start BIGINT NOT NULL,
    currency TEXT NOT NULL,
    count BIGINT NOT NULL,
    sum BIGINT NOT NULL,
    ladders TEXT,
    PRIMARY KEY (program_id, kind, lane, partner_id, identity, start, currency)
);

-- Lines that a cap cut and that wait for room, in their order. JSON.
ALTER TABLE tally ADD COLUMN waiting TEXT;

-- How a budget is shared that has closed: what was asked, and of that what was cut and given by now. JSON.
ALTER TABLE tally ADD COLUMN closing TEXT;

-- What a statement has left over of what it rounded, likewise.
ALTER TABLE tally ADD COLUMN exact TEXT;
