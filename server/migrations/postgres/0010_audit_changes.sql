-- What a change has changed: the old and the new value of each field, as JSON. Null for rows from before, and for what changed nothing.
ALTER TABLE audit ADD COLUMN changes TEXT;
