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
-- Every function returns one JSON object.  Its "outcome" is looked up in
-- function/operations.json; "key" and "fence" are what it was called with, so
-- that the caller can tell its own answer from somebody else's.  "closed" says
-- that nobody need come in for some seconds, and why; "forget" that the lock's
-- name was invented.  What else is in it goes to the client as it stands.
-- function/README.md says how to add an operation.
--
-- The functions run with the rights of who applies this file (SECURITY
-- DEFINER): a caller needs EXECUTE and no right to any table.  So a key that
-- leaks can buy, and can neither rewrite the stock nor read the orders, and it
-- does not matter what a platform grants on new tables.
--
-- Apply it, then deploy: a bouncer that is older than this file goes on selling.
-- (One from before operations.json reads how many are left from "stock", which
-- is gone: until the new one is deployed its 410 does not say the number.)

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
-- older holder that was held up cannot act any more.  A FENCE of 0 is never
-- accepted and leaves no row: a call without the lock may find what its key has
-- bought, and nothing else.  Call it once the thing that the lock is named after
-- is known to be there: invented names shall leave no row behind.
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
--   sold             the order; this call has made it
--   replayed         the order; an earlier call with this key has made it
--   key_reused       the key has bought something else
--   unknown_product  {"closed", "forget"}: there is no such product
--   stale            {"highest_fence"}: the fence is not the newest; nothing done
--   sold_out         {"left", "detail"}: fewer are left than asked for
-- where an order is {"order_id", "product_id", "quantity", "buyer"}.  Where none
-- is left, by this sale or before, "closed" is "sold_out".
-- FENCE is the one of LOCK, by default the product's.  A product has several
-- locks, "product:1", "product:1#1" and so on, each with a fence of its own: the
-- row lock below makes one of two calls wait, so each finds a stock that is
-- true.  FENCE may be NULL where no lock is used; the row lock then serves alone.
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
    wish    CONSTANT jsonb := jsonb_build_object(
        'product_id', purchase.product_id, 'quantity', purchase.quantity,
        'buyer', purchase.buyer);
    closed  jsonb := '{}';
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
        RETURN answer || wish || jsonb_build_object(
            'outcome', 'replayed', 'order_id', earlier.id);
    ELSIF FOUND THEN
        RETURN answer || jsonb_build_object('outcome', 'key_reused');
    END IF;

    IF product.id IS NULL THEN
        RETURN answer || '{"outcome": "unknown_product", "forget": true, '
            '"closed": "unknown_product"}';
    END IF;
    highest := accept_fence(
        coalesce(purchase.lock, 'product:' || purchase.product_id),
        purchase.fence);
    IF highest IS NOT NULL THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'stale', 'highest_fence', highest);
    END IF;
    IF product.stock IN (0, purchase.quantity) THEN
        closed := '{"closed": "sold_out"}';
    END IF;
    IF product.stock < purchase.quantity THEN
        RETURN answer || closed || jsonb_build_object(
            'outcome', 'sold_out', 'left', product.stock,
            'detail', CASE product.stock
                WHEN 0 THEN 'None is left. Trying again does not help.'
                ELSE product.stock || ' left, fewer than you asked for.' END);
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
    RETURN answer || wish || closed || jsonb_build_object(
        'outcome', 'sold', 'order_id', sold_id);
END
$$;

-- Reserve USERNAME for a user.  The outcomes:
--   reserved  by this call
--   replayed  this user has it already
--   taken     somebody else has it
-- No fence and no key: the primary key admits one row, and asking twice for
-- the same name and user is the same wish.  Each gives back name and user, by
-- which the caller knows its own answer.
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

-- Whether a sale can succeed; GET /api/health asks, with the names of the SQL
-- functions that operations.json calls, a space between them.  The outcomes:
--   healthy
--   unhealthy  {"reason", "operation"}, the first that is found of these:
--     read_only    a replica, a full disk, a setting
--     no_function  the schema has no function OPERATION
--     no_rights    the caller may not call it
--     open         PUBLIC, anon or authenticated may call it, so around the
--                  lock; or it is SECURITY DEFINER and sets no search_path
--
-- It runs with the caller's rights, which it judges, and is VOLATILE: PostgREST
-- calls others in a transaction that is read-only anyway.
DROP FUNCTION IF EXISTS bouncer_health();
CREATE OR REPLACE FUNCTION bouncer_health(
    operations text DEFAULT 'purchase reserve_username')
RETURNS jsonb
LANGUAGE sql VOLATILE
AS $$
    WITH called AS (
        SELECT name, p.oid,
            has_function_privilege(p.oid, 'EXECUTE') AS allowed,
            EXISTS (
                SELECT FROM aclexplode(
                    coalesce(p.proacl, acldefault('f', p.proowner))) AS granted
                LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
                WHERE granted.grantee = 0
                    OR rolname IN ('anon', 'authenticated')) AS open,
            p.prosecdef AND coalesce(array_to_string(p.proconfig, ' '), '')
                NOT LIKE '%search_path=%' AS loose
        FROM string_to_table(operations, ' ') AS name
        LEFT JOIN pg_proc AS p
            ON p.proname = name AND pg_function_is_visible(p.oid)
    ), wrong AS (
        SELECT 0 AS rank, 'read_only' AS reason, NULL AS name
            WHERE pg_is_in_recovery()
                OR current_setting('transaction_read_only')::boolean
        UNION ALL SELECT 1, 'no_function', name FROM called WHERE oid IS NULL
        UNION ALL SELECT 2, 'no_rights', name FROM called WHERE NOT allowed
        UNION ALL SELECT 3, 'open', name FROM called WHERE open OR loose
        ORDER BY rank, name LIMIT 1
    )
    SELECT coalesce(
        (SELECT jsonb_strip_nulls(jsonb_build_object('outcome', 'unhealthy',
            'reason', reason, 'operation', name)) FROM wrong),
        '{"outcome": "healthy"}'::jsonb)
$$;

-- An RPC door such as Supabase's publishes functions and tables to every
-- caller, also to those with a public key, and so around the lock.  So the role
-- that applies this file closes what it creates to all but itself; the service
-- role, where there is one, may call functions.  Two things do it:
--   * its default privileges, for what it creates later, such as the table and
--     the function of an operation in a file of its own.  What somebody else is
--     to use needs a GRANT from now on; what is there stays as it is.
--   * the two loops, for what this file has created or replaced just now, told
--     by the transaction that wrote it into the catalogue.  (Three tables are
--     named for older versions: what is there already is not created.)
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE usernames ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    outsiders text := 'PUBLIC';
    here      text := format('IN SCHEMA %I', current_schema());
    service   bool := EXISTS (
        SELECT FROM pg_roles WHERE rolname = 'service_role');
    since     int := age(pg_current_xact_id()::xid);
    kind      text;
    mine      record;
BEGIN
    SELECT concat_ws(', ', outsiders, string_agg(quote_ident(rolname), ', '))
        INTO outsiders
        FROM pg_roles WHERE rolname IN ('anon', 'authenticated');
    FOREACH kind IN ARRAY ARRAY['TABLES', 'SEQUENCES', 'FUNCTIONS'] LOOP
        -- PostgreSQL's own grants can be taken back everywhere only, a
        -- platform's where it has made them.
        EXECUTE format('ALTER DEFAULT PRIVILEGES REVOKE ALL ON %s FROM %s',
                       kind, outsiders);
        EXECUTE format('ALTER DEFAULT PRIVILEGES %s REVOKE ALL ON %s FROM %s',
                       here, kind, outsiders);
    END LOOP;
    IF service THEN
        EXECUTE format('ALTER DEFAULT PRIVILEGES %s '
                       'GRANT EXECUTE ON FUNCTIONS TO service_role', here);
    END IF;
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
