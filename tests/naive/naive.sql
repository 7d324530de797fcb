-- The story that everybody knows: look at the stock, then write it back.  Two
-- calls, and between them whoever else has looked.  For tests alone.

CREATE OR REPLACE FUNCTION naive_look(product_id bigint)
RETURNS jsonb
LANGUAGE sql
AS $$
    SELECT jsonb_build_object('outcome', 'seen', 'stock', stock)
        FROM products WHERE id = naive_look.product_id
$$;

CREATE OR REPLACE FUNCTION naive_take(product_id bigint, buyer text, seen bigint)
RETURNS jsonb
LANGUAGE sql
AS $$
    UPDATE products SET stock = seen - 1 WHERE id = naive_take.product_id;
    INSERT INTO orders
        (product_id, quantity, buyer, idempotency_key, fingerprint)
        VALUES (naive_take.product_id, 1, naive_take.buyer,
                gen_random_uuid()::text, 'naive');
    SELECT jsonb_build_object('outcome', 'sold');
$$;
