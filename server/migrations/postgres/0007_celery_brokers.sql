-- By its name, through which broker a service's workers get their tasks.
ALTER TABLE service_deliveries ADD COLUMN broker TEXT;
