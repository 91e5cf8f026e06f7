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

-- Values that only the key file opens: AES-GCM, the key's id beside each.
CREATE TABLE secret (
    name TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    sealed TEXT NOT NULL
);
