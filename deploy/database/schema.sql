-- Bouncer's tables and one SQL function per operation.
--
-- Applies to a stock PostgreSQL 14 or newer, as often as you like, also over an
-- older version of itself:
--     psql "$DATABASE_URL" --file deploy/database/schema.sql
--
-- The lock in front of the database makes collisions rare; what stands here
-- makes them harmless.  Each function is one transaction.  It sees the fence
-- (a number that grows with every holder of the lock) and refuses one that is
-- not higher than the last it accepted for the same lock: a holder that slept
-- through the end of its lease comes too late, and a request that a network
-- repeated comes twice.  It also sees the caller's idempotency key and gives
-- the order that this key has bought already, instead of a second one.
--
-- Every function returns jsonb with an "outcome", so that an HTTP API that
-- speaks SQL (Neon) and one that speaks RPC (PostgREST) give the same answer.
-- It gives back what it was called for, so that the caller can tell its own
-- answer from somebody else's: "key" and "fence" where it has them, else its
-- inputs by their names.
--
-- The functions run with the rights of who applies this file (SECURITY
-- DEFINER): a caller needs EXECUTE and no right to any table.  So a key that
-- leaks can buy, and can neither rewrite the stock nor read the orders, and it
-- does not matter what a platform grants on new tables.

BEGIN;
-- What is there already is no news.
SET LOCAL client_min_messages = warning;

CREATE TABLE IF NOT EXISTS products (
    id    bigint PRIMARY KEY,
    name  text   NOT NULL,
    stock bigint NOT NULL CHECK (stock >= 0)
);

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

-- The ceiling is far above what a counter reaches in 3,000 years at 10,000 a
-- second, and far below 2^53, where JSON's numbers end: a fence that no counter
-- can have made is refused here, and so never stands in the way of true ones.
CREATE TABLE IF NOT EXISTS fences (
    lock       text   PRIMARY KEY CHECK (lock <> ''),
    last_fence bigint NOT NULL CHECK (last_fence BETWEEN 1 AND 1000000000000000)
);
COMMENT ON TABLE fences IS
    'For each lock the highest fence that was accepted; lower and equal ones are refused.';

-- Fences stood in products once.  What no counter can have made stays behind.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = 'products'::regclass
                 AND attname = 'last_fence' AND NOT attisdropped) THEN
        LOCK TABLE products IN ACCESS EXCLUSIVE MODE;
        INSERT INTO fences AS known (lock, last_fence)
            SELECT 'product:' || id, last_fence FROM products
                WHERE last_fence BETWEEN 1 AND 1000000000000000
            ON CONFLICT (lock) DO UPDATE SET last_fence =
                greatest(known.last_fence, excluded.last_fence);
        ALTER TABLE products DROP COLUMN last_fence;
    END IF;
END
$$;

-- The fingerprint of a request: its contents, unambiguously joined and hashed.
CREATE OR REPLACE FUNCTION request_fingerprint(VARIADIC contents text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT encode(sha256(convert_to(to_json(contents)::text, 'UTF8')), 'hex')
$$;

-- Accept FENCE for LOCK if it is higher than every one before, and record it:
-- NULL then, else the highest one.  A FENCE of NULL is no fence: NULL.  What
-- the caller answers afterwards, a refusal too, is said under this fence, so an
-- older holder that was held up cannot act any more.  Call it once the thing
-- that the lock is named after is known to be there: invented names shall leave
-- no row behind.
CREATE OR REPLACE FUNCTION accept_fence(lock text, fence bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    highest bigint;
BEGIN
    IF accept_fence.fence >= 1 THEN
        INSERT INTO fences AS known (lock, last_fence)
            VALUES (accept_fence.lock, accept_fence.fence)
            ON CONFLICT ON CONSTRAINT fences_pkey
                DO UPDATE SET last_fence = excluded.last_fence
                WHERE known.last_fence < excluded.last_fence;
    END IF;
    IF FOUND OR accept_fence.fence IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT last_fence INTO highest FROM fences
        WHERE fences.lock = accept_fence.lock;
    RETURN coalesce(highest, 0);
END
$$;

-- Sell QUANTITY tickets of a product to BUYER.  The outcomes:
--   sold             {"order_id", "stock"}: this call has sold them
--   replayed         {"order_id"}: an earlier call with this key has
--   key_reused       the key has bought something else
--   unknown_product  there is no such product
--   stale            {"highest_fence"}: the fence is not the newest; nothing done
--   sold_out         {"stock"}: fewer are left than asked for
-- FENCE is the one of LOCK, by default the product's.  It may be NULL where no
-- lock is used; the row lock below then serves alone.
--
-- The order of the checks matters.  The row is locked first, so that two calls
-- with one key cannot both find it unused.  Replay comes before the fence: a
-- repeated call carries an old fence and still deserves its order.  The fence
-- comes before the stock: a stale call must not learn "sold out" from a row
-- that it has no right to judge.  The order comes before the stock: a key that
-- another product's call takes at this moment leaves the stock as it is.
DROP FUNCTION IF EXISTS purchase(bigint, bigint, text, text, bigint);
CREATE OR REPLACE FUNCTION purchase(
    product_id bigint, quantity bigint, buyer text,
    idempotency_key text, fence bigint, lock text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
    asked   CONSTANT text := request_fingerprint(
        purchase.product_id::text, purchase.quantity::text, purchase.buyer);
    answer  CONSTANT jsonb := jsonb_build_object(
        'key', purchase.idempotency_key, 'fence', purchase.fence);
    product products%ROWTYPE;
    earlier orders%ROWTYPE;
    highest bigint;
    sold_id bigint;
BEGIN
    SELECT * INTO product FROM products
        WHERE id = purchase.product_id FOR UPDATE;

    SELECT * INTO earlier FROM orders
        WHERE orders.idempotency_key = purchase.idempotency_key;
    IF FOUND AND earlier.fingerprint = asked THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'replayed', 'order_id', earlier.id);
    ELSIF FOUND THEN
        RETURN answer || jsonb_build_object('outcome', 'key_reused');
    END IF;

    IF product.id IS NULL THEN
        RETURN answer || jsonb_build_object('outcome', 'unknown_product');
    END IF;
    highest := accept_fence(
        coalesce(purchase.lock, 'product:' || purchase.product_id),
        purchase.fence);
    IF highest IS NOT NULL THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'stale', 'highest_fence', highest);
    END IF;
    IF product.stock < purchase.quantity THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'sold_out', 'stock', product.stock);
    END IF;

    INSERT INTO orders
        (product_id, quantity, buyer, idempotency_key, fingerprint, fence)
        VALUES (purchase.product_id, purchase.quantity, purchase.buyer,
                purchase.idempotency_key, asked, purchase.fence)
        ON CONFLICT ON CONSTRAINT orders_idempotency_key_key DO NOTHING
        RETURNING id INTO sold_id;
    IF sold_id IS NULL THEN
        RETURN answer || jsonb_build_object('outcome', 'key_reused');
    END IF;
    UPDATE products SET stock = stock - purchase.quantity
        WHERE id = purchase.product_id;
    RETURN answer || jsonb_build_object(
        'outcome', 'sold', 'order_id', sold_id,
        'stock', product.stock - purchase.quantity);
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
SECURITY DEFINER
AS $$
DECLARE
    answer CONSTANT jsonb := jsonb_build_object(
        'username', reserve_username.username,
        'user', reserve_username."user");
    owner  text;
BEGIN
    INSERT INTO usernames (username, "user")
        VALUES (reserve_username.username, reserve_username."user")
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN answer || jsonb_build_object('outcome', 'reserved');
    END IF;
    SELECT usernames."user" INTO owner FROM usernames
        WHERE usernames.username = reserve_username.username;
    RETURN answer || jsonb_build_object('outcome', CASE
        WHEN owner = reserve_username."user" THEN 'replayed' ELSE 'taken' END);
END
$$;

-- Whether a sale can succeed; GET /api/health asks.  The outcomes:
--   healthy
--   unhealthy  {"reason"}: "read_only" (a replica, a full disk, a setting), or
--              "no_rights": the caller may not call one of the functions below
-- An operation that you add belongs into the list.
--
-- It runs with the caller's rights, which it judges, and is VOLATILE: PostgREST
-- calls others in a transaction that is read-only anyway.
CREATE OR REPLACE FUNCTION bouncer_health()
RETURNS jsonb
LANGUAGE sql VOLATILE
AS $$
    SELECT CASE
        WHEN pg_is_in_recovery()
            OR current_setting('transaction_read_only')::boolean THEN
            '{"outcome": "unhealthy", "reason": "read_only"}'::jsonb
        WHEN bool_and(coalesce(has_function_privilege(
                to_regprocedure(operation), 'EXECUTE'), false)) THEN
            '{"outcome": "healthy"}'::jsonb
        ELSE
            '{"outcome": "unhealthy", "reason": "no_rights"}'::jsonb
        END
    FROM unnest(ARRAY[
        'purchase(bigint, bigint, text, text, bigint, text)',
        'reserve_username(text, text)']) AS operation
$$;

-- An RPC door such as Supabase's publishes functions and tables to every
-- caller, also to those with a public key, and so around the lock.  What this
-- file creates or replaces, whatever it is, is closed to all but its owner; the
-- service role, where there is one, may call what runs with the owner's rights,
-- and ask for the health.  (The three are named for tables of an older version:
-- a table that is there already is not created.)  What is new is told by the
-- transaction that has written it into the catalogue.
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE usernames ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    outsiders text := 'PUBLIC';
    service   bool := EXISTS (
        SELECT FROM pg_roles WHERE rolname = 'service_role');
    since     int := age(pg_current_xact_id()::xid);
    mine      record;
BEGIN
    SELECT concat_ws(', ', outsiders, string_agg(quote_ident(rolname), ', '))
        INTO outsiders
        FROM pg_roles WHERE rolname IN ('anon', 'authenticated');
    IF NOT EXISTS (SELECT FROM pg_proc
                   WHERE proname = 'purchase' AND age(xmin) <= since) THEN
        RAISE EXCEPTION 'apply this file as a whole, in one transaction';
    END IF;
    FOR mine IN SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE age(xmin) <= since AND relkind IN ('r', 'p', 'v', 'm', 'S')
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', mine.name, outsiders);
        IF mine.relkind IN ('r', 'p') THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY',
                           mine.name);
        END IF;
    END LOOP;
    FOR mine IN SELECT oid::regprocedure AS name, prosecdef, proname
        FROM pg_proc WHERE age(xmin) <= since
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s',
                       mine.name, outsiders);
        -- Nobody else's schema may come before the one of the tables.
        IF mine.prosecdef THEN
            EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp',
                           mine.name, current_schema());
        END IF;
        IF service AND (mine.prosecdef OR mine.proname = 'bouncer_health') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO service_role',
                           mine.name);
        END IF;
    END LOOP;
END
$$;

-- PostgREST, where there is one, shall know the functions now.
NOTIFY pgrst, 'reload schema';

COMMIT;
