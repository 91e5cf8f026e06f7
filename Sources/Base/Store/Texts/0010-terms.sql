-- What an earning that is no share of its base comes to before it is rounded, where that is not the base itself:
-- minor units, as a fraction.
ALTER TABLE earning ADD COLUMN pay_amount TEXT;
ALTER TABLE earning ADD COLUMN pay_currency TEXT;
