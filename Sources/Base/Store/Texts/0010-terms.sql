-- What an earning that is no share of its base comes to before it is rounded, where that is not the base itself:
-- minor units, as a fraction.
ALTER TABLE earning ADD COLUMN pay_amount TEXT;
ALTER TABLE earning ADD COLUMN pay_currency TEXT;

-- Whether the decision in force promises it.
ALTER TABLE earning ADD COLUMN stands BOOLEAN NOT NULL DEFAULT TRUE;

-- What a customer's conversions mean for what the next one pays: since when rules pay, and how far it has come
-- towards what they ask for. JSON.
ALTER TABLE customer ADD COLUMN course TEXT;
