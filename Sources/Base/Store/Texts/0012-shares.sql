-- Whose a link, a coupon or a conversion is, where several share it: partners with their exact shares. JSON.
-- The `partner_id` of a shared link or coupon is then the first of them; a shared conversion has no `source`.
ALTER TABLE link ADD COLUMN shares TEXT;
ALTER TABLE coupon ADD COLUMN shares TEXT;
ALTER TABLE conversion ADD COLUMN shares TEXT;

-- The ranks that were given to a partner by hand: since when, by which fact, which. JSON.
ALTER TABLE partner ADD COLUMN ranks TEXT;
