-- People and keys.

CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_by_email ON person (email);

-- What a person may do in a program: owner, manager, finance or viewer.
CREATE TABLE staff (
    program_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, person_id)
);

-- One-time links; only a hash is kept.
CREATE TABLE sign_in (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE session (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE TABLE api_key (
    hash TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    program_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
