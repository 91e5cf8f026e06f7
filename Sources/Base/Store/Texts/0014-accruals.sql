-- What a line adds before rounding, where a statement rounds it: minor units, as a fraction.
ALTER TABLE line ADD COLUMN accrued TEXT;

-- What a statement has left over of what it rounded, likewise.
ALTER TABLE tally ADD COLUMN exact TEXT;
