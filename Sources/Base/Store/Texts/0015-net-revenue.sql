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
