-- Bouncer's tables and one SQL function per operation.
--
-- Applies to a stock PostgreSQL 14 or newer, as often as you like:
--     psql "$DATABASE_URL" --file deploy/database/schema.sql
--
-- The lock in front of the database makes collisions rare; what stands here
-- makes them harmless.  Each function is one transaction.  It sees the fence
-- (a number that grows with every holder of the lock) and refuses one that is
-- not higher than the last it accepted for the same row: a holder that slept
-- through the end of its lease comes too late, and a request that a network
-- repeated comes twice.  It also sees the caller's idempotency key and gives
-- the order that this key has bought already, instead of a second one.
--
-- Every function returns jsonb with an "outcome", so that an HTTP API that
-- speaks SQL (Neon) and one that speaks RPC (PostgREST) give the same answer.

BEGIN;

CREATE TABLE IF NOT EXISTS products (
    id         bigint PRIMARY KEY,
    name       text   NOT NULL,
    stock      bigint NOT NULL CHECK (stock >= 0),
    last_fence bigint NOT NULL DEFAULT 0 CHECK (last_fence >= 0)
);
COMMENT ON COLUMN products.last_fence IS
    'The highest fence that has written this row; lower and equal ones are refused.';

CREATE TABLE IF NOT EXISTS orders (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id      bigint NOT NULL REFERENCES products (id),
    quantity        bigint NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    buyer           text   NOT NULL CHECK (buyer <> ''),
    idempotency_key text   NOT NULL UNIQUE,
    fingerprint     text   NOT NULL,
    fence           bigint,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN orders.fingerprint IS
    'SHA-256 of what the request asked for: tells a replay from a reused key.';

CREATE INDEX IF NOT EXISTS orders_product_id ON orders (product_id);

CREATE TABLE IF NOT EXISTS usernames (
    username    text PRIMARY KEY CHECK (username <> ''),
    "user"      text NOT NULL CHECK ("user" <> ''),
    reserved_at timestamptz NOT NULL DEFAULT now()
);

-- The fingerprint of a request: its contents, unambiguously joined and hashed.
CREATE OR REPLACE FUNCTION request_fingerprint(VARIADIC contents text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT encode(sha256(convert_to(to_json(contents)::text, 'UTF8')), 'hex')
$$;

-- Sell QUANTITY tickets of a product to BUYER.  The outcomes:
--   sold             {"order_id", "stock"}: this call has sold them
--   replayed         {"order_id"}: an earlier call with this key has
--   key_reused       the key has bought something else
--   unknown_product  there is no such product
--   stale            {"highest_fence"}: the fence is not the newest; nothing done
--   sold_out         {"stock"}: fewer are left than asked for
-- FENCE may be NULL where no lock is used; the row lock below then serves alone.
--
-- The order of the checks matters.  The row is locked first, so that two calls
-- with one key cannot both find it unused.  Replay comes before the fence: a
-- repeated call carries an old fence and still deserves its order.  The fence
-- comes before the stock: a stale call must not learn "sold out" from a row
-- that it has no right to judge.
CREATE OR REPLACE FUNCTION purchase(
    product_id bigint, quantity bigint, buyer text,
    idempotency_key text, fence bigint)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    asked   CONSTANT text := request_fingerprint(
        purchase.product_id::text, purchase.quantity::text, purchase.buyer);
    product products%ROWTYPE;
    earlier orders%ROWTYPE;
    sold_id bigint;
BEGIN
    SELECT * INTO product FROM products
        WHERE id = purchase.product_id FOR UPDATE;

    SELECT * INTO earlier FROM orders
        WHERE orders.idempotency_key = purchase.idempotency_key;
    IF FOUND AND earlier.fingerprint = asked THEN
        RETURN jsonb_build_object(
            'outcome', 'replayed', 'order_id', earlier.id);
    ELSIF FOUND THEN
        RETURN jsonb_build_object('outcome', 'key_reused');
    END IF;

    IF product.id IS NULL THEN
        RETURN jsonb_build_object('outcome', 'unknown_product');
    END IF;
    IF purchase.fence <= product.last_fence THEN
        RETURN jsonb_build_object(
            'outcome', 'stale', 'highest_fence', product.last_fence);
    END IF;
    IF product.stock < purchase.quantity THEN
        RETURN jsonb_build_object(
            'outcome', 'sold_out', 'stock', product.stock);
    END IF;

    UPDATE products
        SET stock = stock - purchase.quantity,
            last_fence = coalesce(purchase.fence, last_fence)
        WHERE id = purchase.product_id;
    INSERT INTO orders
        (product_id, quantity, buyer, idempotency_key, fingerprint, fence)
        VALUES (purchase.product_id, purchase.quantity, purchase.buyer,
                purchase.idempotency_key, asked, purchase.fence)
        RETURNING id INTO sold_id;
    RETURN jsonb_build_object('outcome', 'sold', 'order_id', sold_id,
                              'stock', product.stock - purchase.quantity);
EXCEPTION WHEN unique_violation THEN
    -- One key for two products at once: their rows do not exclude each other.
    RETURN jsonb_build_object('outcome', 'key_reused');
END
$$;

-- Reserve USERNAME for a user.  The outcomes:
--   reserved  by this call
--   replayed  this user has it already
--   taken     somebody else has it
-- No fence and no key: the primary key admits one row, and asking twice for
-- the same name and user is the same wish.
CREATE OR REPLACE FUNCTION reserve_username(username text, "user" text)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    owner text;
BEGIN
    INSERT INTO usernames (username, "user")
        VALUES (reserve_username.username, reserve_username."user")
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN jsonb_build_object('outcome', 'reserved');
    END IF;
    SELECT usernames."user" INTO owner FROM usernames
        WHERE usernames.username = reserve_username.username;
    RETURN jsonb_build_object('outcome', CASE
        WHEN owner = reserve_username."user" THEN 'replayed' ELSE 'taken' END);
END
$$;

-- Answers while the database and this schema are there; GET /api/health asks.
CREATE OR REPLACE FUNCTION bouncer_health()
RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('outcome', 'healthy')
$$;

-- An RPC door such as Supabase's publishes functions and tables to every
-- caller, also to those with a public key, and so around the lock.  Only the
-- owner and the service role may pass.
DO $$
DECLARE
    outsider text;
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'request_fingerprint(text[])',
        'purchase(bigint, bigint, text, text, bigint)',
        'reserve_username(text, text)',
        'bouncer_health()']
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
        FOR outsider IN SELECT rolname FROM pg_roles
            WHERE rolname IN ('anon', 'authenticated')
        LOOP
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %I',
                           signature, outsider);
        END LOOP;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO service_role',
                           signature);
        END IF;
    END LOOP;
END
$$;
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE usernames ENABLE ROW LEVEL SECURITY;

COMMIT;
