-- New tickets for a product, and its sign goes down.  For tests alone.
CREATE OR REPLACE FUNCTION restock(
    product_id bigint, added bigint, fence bigint, lock text)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    answer  CONSTANT jsonb := jsonb_build_object(
        'product_id', restock.product_id, 'added', restock.added,
        'fence', restock.fence);
    highest bigint;
BEGIN
    highest := accept_fence(restock.lock, restock.fence);
    IF highest IS NOT NULL THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'stale', 'highest_fence', highest);
    END IF;
    UPDATE products SET stock = stock + restock.added
        WHERE id = restock.product_id;
    RETURN answer || '{"outcome": "restocked", "opened": true}';
END
$$;
