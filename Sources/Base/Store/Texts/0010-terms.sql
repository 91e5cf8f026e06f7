-- What an earning that is no share of its base comes to before it is rounded, where that is not the base itself:
-- minor units, as a fraction.
ALTER TABLE earning ADD COLUMN pay_amount TEXT;
ALTER TABLE earning ADD COLUMN pay_currency TEXT;

-- Whether the decision in force promises it.
ALTER TABLE earning ADD COLUMN stands BOOLEAN NOT NULL DEFAULT TRUE;

-- What a customer's conversions mean for what the next one pays: since when rules pay, and how far it has come
-- towards what they ask for. JSON.
ALTER TABLE customer ADD COLUMN course TEXT;

-- The step of its rule's tiers at which it stands, and what it adds to its period. JSON.
ALTER TABLE earning ADD COLUMN tiering TEXT;

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
