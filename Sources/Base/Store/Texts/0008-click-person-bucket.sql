-- What stands beside a click lies in its bucket too; rows from before this column say 0.
ALTER TABLE click_person ADD COLUMN bucket BIGINT NOT NULL DEFAULT 0;
