-- How many clicks were handed in under the head, so that what was read before it was taken can be told from
-- what is there now.
ALTER TABLE program_head ADD COLUMN clicks BIGINT NOT NULL DEFAULT 0;
