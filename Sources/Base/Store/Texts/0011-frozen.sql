-- What else an earning was reckoned by, beyond its base, its pay and its step. JSON.
ALTER TABLE earning ADD COLUMN frozen TEXT;

-- Lines that a cap cut and that wait for room, in their order. JSON.
ALTER TABLE tally ADD COLUMN waiting TEXT;

-- How a budget is shared that has closed: what was asked, and of that what was cut and given by now. JSON.
ALTER TABLE tally ADD COLUMN closing TEXT;
