-- Two SQL functions without the bouncer, for tests alone.

-- The story that everybody knows: read the stock, then write it back, and
-- between the two whoever else has read it.
--
-- A shop does this in two calls to its database.  Here it is one function, and
-- the way between the two calls is a sleep of 10 ms: as long as from a function
-- to a database in the same region and back, several times over, and shorter
-- than to one in another.
CREATE OR REPLACE FUNCTION naive_buy(product_id bigint, buyer text)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    answer CONSTANT jsonb := jsonb_build_object(
        'product_id', naive_buy.product_id, 'buyer', naive_buy.buyer);
    seen   bigint;
BEGIN
    SELECT stock INTO seen FROM products WHERE id = naive_buy.product_id;
    PERFORM pg_sleep(0.010);
    IF seen IS NULL OR seen < 1 THEN
        RETURN answer || '{"outcome": "sold_out"}';
    END IF;
    UPDATE products SET stock = seen - 1 WHERE id = naive_buy.product_id;
    INSERT INTO orders
        (product_id, quantity, buyer, idempotency_key, fingerprint)
        VALUES (naive_buy.product_id, 1, naive_buy.buyer,
                gen_random_uuid()::text, 'naive');
    RETURN answer || '{"outcome": "sold"}';
END
$$;

-- The SQL function that ships, called without a lock and so without a fence:
-- its row lock and its constraint serve alone.
CREATE OR REPLACE FUNCTION purchase_unlocked(
    product_id bigint, quantity bigint, buyer text, idempotency_key text)
RETURNS jsonb
LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT purchase(
        product_id => purchase_unlocked.product_id,
        quantity => purchase_unlocked.quantity,
        buyer => purchase_unlocked.buyer,
        idempotency_key => purchase_unlocked.idempotency_key, fence => NULL)
$$;
