-- What else an earning was reckoned by, beyond its base, its pay and its step. JSON.
ALTER TABLE earning ADD COLUMN frozen TEXT;
