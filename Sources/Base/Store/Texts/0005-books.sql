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

CREATE TABLE posting (
    program_id TEXT NOT NULL,
    entry BIGINT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (program_id, entry, account, currency)
);

CREATE TABLE balance (
    program_id TEXT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (program_id, account, currency)
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
