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
-- that nobody need come in for some seconds ("closed_s"), and why; "opened" that
-- they may again; "forget" that the lock's name was invented.  What else is in
-- it goes to the client as it stands.  function/README.md says how to add an
-- operation.
--
-- Each function locks the product's row first and looks at orders then, so no
-- two wait for each other.  Time is the database's, read when the row is locked.
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

-- A sale's own settings.  Change them by a plain UPDATE at any time.
ALTER TABLE products
    ADD COLUMN IF NOT EXISTS opens_at  timestamptz,
    ADD COLUMN IF NOT EXISTS closes_at timestamptz,
    ADD COLUMN IF NOT EXISTS per_buyer bigint CHECK (per_buyer > 0),
    ADD COLUMN IF NOT EXISTS hold_s    integer NOT NULL DEFAULT 600
        CHECK (hold_s BETWEEN 1 AND 86400);
COMMENT ON COLUMN products.stock IS 'Tickets that are neither sold nor held.';
COMMENT ON COLUMN products.opens_at IS 'Nothing is sold before; NULL: no limit.';
COMMENT ON COLUMN products.closes_at IS
    'Nothing is sold from then on, but what is held can be paid; NULL: no limit.';
COMMENT ON COLUMN products.per_buyer IS
    'How many tickets a buyer can have; NULL: any number.';
COMMENT ON COLUMN products.hold_s IS 'How many seconds a hold lasts.';

-- What becomes of an order:
--   held       its tickets are out of stock until held_until
--   lapsed     held_until has passed and its tickets are back in stock; whoever
--              needs them puts them back, and until then it is reported so
--   sold       for good, unless it is cancelled
--   cancelled  its tickets are back in stock; final
--   refund     it was paid after it had lapsed, and no ticket was left; final
ALTER TABLE orders
    ADD COLUMN IF NOT EXISTS state text NOT NULL DEFAULT 'sold'
        CHECK (state IN ('held', 'lapsed', 'sold', 'cancelled', 'refund')),
    ADD COLUMN IF NOT EXISTS held_until timestamptz
        CHECK (held_until IS NOT NULL OR state NOT IN ('held', 'lapsed')),
    ADD COLUMN IF NOT EXISTS payment text;
COMMENT ON COLUMN orders.payment IS 'What the payment provider calls it.';

-- Each serves one question, and none can serve the other's: an empty table makes
-- the planner take any index that fits, and a session keeps its choice.  So an
-- older version's index by product goes.
CREATE INDEX IF NOT EXISTS orders_held ON orders (product_id, held_until)
    WHERE state = 'held';
CREATE INDEX IF NOT EXISTS orders_buyer ON orders (buyer);
DROP INDEX IF EXISTS orders_product_id;

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

-- A time as clients read it: in UTC, ISO 8601, with milliseconds.
CREATE OR REPLACE FUNCTION utc_text(moment timestamptz)
RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- An order as clients see it at MOMENT: {"order_id", "product_id", "quantity",
-- "buyer", "state"}, and "expires_at" of what is held or lapsed.
CREATE OR REPLACE FUNCTION order_told(it orders, moment timestamptz)
RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('order_id', (it).id,
            'product_id', (it).product_id, 'quantity', (it).quantity,
            'buyer', (it).buyer, 'state', CASE
                WHEN (it).state = 'held' AND (it).held_until <= moment
                THEN 'lapsed' ELSE (it).state END)
        || CASE WHEN (it).state IN ('held', 'lapsed') THEN
            jsonb_build_object('expires_at', utc_text((it).held_until))
            ELSE '{}' END
$$;

-- Put the tickets of holds that have lapsed by MOMENT back into a product's
-- stock; the new stock, or NULL where there is nothing to put back.  Call it
-- with the product's row locked, and the fence accepted if there is one.
CREATE OR REPLACE FUNCTION reclaim_lapsed(product_id bigint, moment timestamptz)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    now_left bigint;
BEGIN
    WITH lapsed AS (
        UPDATE orders SET state = 'lapsed'
            WHERE orders.product_id = reclaim_lapsed.product_id
                AND state = 'held' AND held_until <= moment
            RETURNING quantity)
    UPDATE products SET stock = stock + (SELECT sum(quantity) FROM lapsed)
        WHERE id = reclaim_lapsed.product_id AND EXISTS (SELECT FROM lapsed)
        RETURNING stock INTO now_left;
    RETURN now_left;
END
$$;

-- How many tickets of a product BUYER has at MOMENT, sold or held.
CREATE OR REPLACE FUNCTION buyer_has(
    product_id bigint, buyer text, moment timestamptz)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(sum(quantity), 0) FROM orders
        WHERE orders.product_id = buyer_has.product_id
            AND orders.buyer = buyer_has.buyer
            AND state IN ('held', 'sold')
            AND (state = 'sold' OR held_until > moment));
END
$$;

-- The body of purchase and hold: see there.
--
-- The order of the checks matters.  The row is locked first, so that two calls
-- with one key cannot both find it unused.  Replay comes before the fence: a
-- repeated call carries an old fence and still deserves its order.  The fence
-- comes before all that is written or judged: a stale call must not learn "sold
-- out" from a row that it has no right to judge.  The order comes before the
-- stock: a key that another product's call takes at this moment leaves the stock
-- as it is.
CREATE OR REPLACE FUNCTION take_tickets(
    product_id bigint, quantity bigint, buyer text, idempotency_key text,
    fence bigint, lock text, to_hold boolean)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    contents CONSTANT text[] := ARRAY[take_tickets.product_id::text,
        take_tickets.quantity::text, take_tickets.buyer];
    asked    CONSTANT text := request_fingerprint(VARIADIC
        CASE WHEN to_hold THEN contents || 'hold'::text ELSE contents END);
    answer   jsonb := jsonb_build_object(
        'key', take_tickets.idempotency_key, 'fence', take_tickets.fence);
    product  products%ROWTYPE;
    it       orders%ROWTYPE;
    moment   timestamptz;
    highest  bigint;
    yours    bigint;
    stock    bigint;
    held     bigint;
    lapse    timestamptz;
    wait_s   integer;
BEGIN
    SELECT * INTO product FROM products
        WHERE id = take_tickets.product_id FOR UPDATE;
    moment := clock_timestamp();

    SELECT * INTO it FROM orders
        WHERE orders.idempotency_key = take_tickets.idempotency_key;
    IF FOUND AND it.fingerprint = asked THEN
        RETURN answer || '{"outcome": "replayed"}' || order_told(it, moment);
    ELSIF FOUND THEN
        RETURN answer || '{"outcome": "key_reused"}';
    END IF;

    IF product.id IS NULL THEN
        RETURN answer || '{"outcome": "unknown_product", "forget": true, '
            '"closed": "unknown_product"}';
    END IF;
    highest := accept_fence(
        coalesce(take_tickets.lock, 'product:' || take_tickets.product_id),
        take_tickets.fence);
    IF highest IS NOT NULL THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'stale', 'highest_fence', highest);
    END IF;

    -- The two times are taken apart before they are compared: either can be
    -- infinite.  The sign ends a second early, for who has seen it remembers it.
    IF product.opens_at > moment THEN
        wait_s := least(60, floor(extract(epoch FROM product.opens_at)
                                  - extract(epoch FROM moment)) - 1);
        RETURN answer || jsonb_build_object(
                'outcome', 'not_open', 'opens_at', utc_text(product.opens_at))
            || CASE WHEN wait_s >= 1 THEN jsonb_build_object(
                'closed', 'not_open', 'closed_s', wait_s) ELSE '{}' END;
    ELSIF product.closes_at <= moment THEN
        RETURN answer || '{"outcome": "ended", "closed": "ended"}';
    ELSIF product.per_buyer IS NOT NULL THEN
        yours := buyer_has(product.id, take_tickets.buyer, moment);
        IF yours + take_tickets.quantity > product.per_buyer THEN
            RETURN answer || jsonb_build_object('outcome', 'limit_reached',
                'per_buyer', product.per_buyer, 'yours', yours);
        END IF;
    END IF;

    stock := coalesce(reclaim_lapsed(product.id, moment), product.stock);
    IF stock >= take_tickets.quantity THEN
        INSERT INTO orders (product_id, quantity, buyer, idempotency_key,
                            fingerprint, fence, state, held_until)
            VALUES (take_tickets.product_id, take_tickets.quantity,
                    take_tickets.buyer, take_tickets.idempotency_key, asked,
                    take_tickets.fence,
                    CASE WHEN to_hold THEN 'held' ELSE 'sold' END,
                    CASE WHEN to_hold THEN
                        moment + make_interval(secs => product.hold_s) END)
            ON CONFLICT ON CONSTRAINT orders_idempotency_key_key DO NOTHING
            RETURNING * INTO it;
        IF NOT FOUND THEN
            RETURN answer || '{"outcome": "key_reused"}';
        END IF;
        UPDATE products SET stock = products.stock - it.quantity
            WHERE id = product.id RETURNING products.stock INTO stock;
        answer := answer || order_told(it, moment)
            || jsonb_build_object('outcome', it.state);
        IF stock > 0 THEN
            RETURN answer;
        END IF;
    END IF;

    -- None is left, or fewer than asked for.  What is held may come back.
    SELECT sum(orders.quantity), min(held_until) INTO held, lapse FROM orders
        WHERE orders.product_id = product.id AND state = 'held';
    IF it.id IS NULL AND held IS NULL THEN
        answer := answer || jsonb_build_object(
            'outcome', 'sold_out', 'left', stock,
            'detail', CASE stock
                WHEN 0 THEN 'None is left. Trying again does not help.'
                ELSE stock || ' left, fewer than you asked for.' END);
    ELSIF it.id IS NULL THEN
        answer := answer || jsonb_build_object('outcome', 'held_out',
            'left', stock, 'held', held, 'next_lapse_at', utc_text(lapse));
    END IF;
    RETURN answer || CASE
        WHEN stock > 0 THEN '{}'
        WHEN held IS NULL THEN '{"closed": "sold_out"}'
        ELSE jsonb_build_object('closed', 'held_out', 'closed_s', greatest(1,
            least(10, ceil(extract(epoch FROM lapse - moment))))) END;
END
$$;

-- Sell QUANTITY tickets of a product to BUYER.  The outcomes:
--   sold             the order; this call has made it
--   replayed         the order as it is now, cancelled for instance; an earlier
--                    call with this key has made it
--   key_reused       the key has bought something else
--   unknown_product  {"closed", "forget"}: there is no such product
--   stale            {"highest_fence"}: the fence is not the newest; nothing done
--   not_open         {"opens_at", "closed"}: the sale has not begun
--   ended            {"closed"}: the sale is over
--   limit_reached    {"per_buyer", "yours"}: with those that this buyer has, sold
--                    or held, it would be more than a buyer can have
--   sold_out         {"left", "detail"}: fewer are left than asked for
--   held_out         {"left", "held", "next_lapse_at"}: likewise, but some are
--                    only held, and the first of these may come back then
-- where an order is what order_told says.  Where none is left, by this sale or
-- before, "closed" is "sold_out", or "held_out" as long as some are held.
-- FENCE is the one of LOCK, by default the product's.  A product has several
-- locks, "product:1", "product:1#1" and so on, each with a fence of its own: the
-- row lock makes one of two calls wait, so each finds a stock that is true.
-- FENCE may be NULL where no lock is used; the row lock then serves alone.
DROP FUNCTION IF EXISTS purchase(bigint, bigint, text, text, bigint);
CREATE OR REPLACE FUNCTION purchase(
    product_id bigint, quantity bigint, buyer text,
    idempotency_key text, fence bigint, lock text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
BEGIN
    RETURN take_tickets(product_id, quantity, buyer, idempotency_key, fence,
                        lock, false);
END
$$;

-- Hold QUANTITY tickets of a product for BUYER, for the product's hold_s, until
-- "expires_at".  The outcomes are purchase's, with held in the place of sold.
-- confirm makes it a sale, cancel gives the tickets back, and so does time.
CREATE OR REPLACE FUNCTION hold(
    product_id bigint, quantity bigint, buyer text,
    idempotency_key text, fence bigint, lock text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
BEGIN
    RETURN take_tickets(product_id, quantity, buyer, idempotency_key, fence,
                        lock, true);
END
$$;

-- An order has been paid, by PAYMENT if that has a name.  A hold becomes a sale;
-- one that has lapsed takes its tickets again, if they are left and the buyer
-- has not got others in their place.  The outcomes, each but the last with the
-- order:
--   confirmed      it is sold, by this call
--   replayed       it was sold already: by PAYMENT, or PAYMENT has no name, or
--                  by purchase(): that order takes its first payment's name
--   paid_twice     it was sold already, by another payment or without the name
--                  of one: give this one back; the order does not keep its name
--   lapsed         too late, and it stays so: give the money back
--   cancelled      likewise, it was cancelled before
--   unknown_order  there is no such order
-- It has no lock and no fence: money that is in must not wait for a store, and
-- the row lock serves.  It sells nothing twice: an order changes its state once.
-- Each outcome gives PAYMENT back: two payments for one order have answers that
-- would be the same otherwise, and only one of them has paid.
CREATE OR REPLACE FUNCTION confirm(order_id bigint, payment text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
    answer  CONSTANT jsonb := jsonb_build_object(
        'order_id', confirm.order_id, 'payment', confirm.payment);
    product products%ROWTYPE;
    it      orders%ROWTYPE;
    moment  timestamptz;
    stock   bigint;
    outcome text;
BEGIN
    SELECT * INTO product FROM products WHERE id = (
        SELECT product_id FROM orders WHERE id = confirm.order_id) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN answer || '{"outcome": "unknown_order"}';
    END IF;
    moment := clock_timestamp();
    stock := coalesce(reclaim_lapsed(product.id, moment), product.stock);
    SELECT * INTO it FROM orders WHERE id = confirm.order_id;

    outcome := CASE it.state WHEN 'cancelled' THEN 'cancelled'
                             WHEN 'refund' THEN 'lapsed'
                             WHEN 'held' THEN 'confirmed' END;
    IF it.state = 'sold' THEN
        outcome := CASE WHEN confirm.payment IS NULL
                            OR confirm.payment = it.payment
                            OR (it.payment IS NULL AND it.held_until IS NULL)
                        THEN 'replayed' ELSE 'paid_twice' END;
    ELSIF it.state = 'lapsed' AND stock >= it.quantity
        AND (product.per_buyer IS NULL OR product.per_buyer >=
            it.quantity + buyer_has(product.id, it.buyer, moment)) THEN
        outcome := 'confirmed';
        UPDATE products SET stock = products.stock - it.quantity
            WHERE id = product.id;
    ELSIF it.state = 'lapsed' THEN
        outcome := 'lapsed';
        it.state := 'refund';
    END IF;
    IF outcome = 'confirmed' THEN
        it.state := 'sold';
    END IF;
    UPDATE orders SET state = it.state,
            payment = coalesce(orders.payment, confirm.payment)
        WHERE id = it.id AND outcome <> 'paid_twice';
    RETURN answer || order_told(it, moment)
        || jsonb_build_object('outcome', outcome);
END
$$;

-- Give the tickets of an order back, held or sold ones; its key never buys
-- again.  The outcomes:
--   cancelled      {"opened"} and the order; by this call
--   replayed       the order; it has no tickets: it was cancelled, has lapsed, or
--                  came to a refund
--   unknown_order  this product has no such order; {"forget"}: nor is there such
--                  a product
--   stale          {"highest_fence"}: the fence is not the newest; nothing done
-- Whether money goes back is not said here; "payment" in orders says what came.
CREATE OR REPLACE FUNCTION cancel(
    product_id bigint, order_id bigint, fence bigint, lock text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
    answer  jsonb := jsonb_build_object('fence', cancel.fence,
        'product_id', cancel.product_id, 'order_id', cancel.order_id);
    product products%ROWTYPE;
    it      orders%ROWTYPE;
    moment  timestamptz;
    highest bigint;
BEGIN
    SELECT * INTO product FROM products
        WHERE id = cancel.product_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN answer || '{"outcome": "unknown_order", "forget": true}';
    END IF;
    moment := clock_timestamp();
    SELECT * INTO it FROM orders
        WHERE id = cancel.order_id AND orders.product_id = cancel.product_id;
    IF it.state NOT IN ('held', 'sold') OR
        (it.state = 'held' AND it.held_until <= moment) THEN
        RETURN answer || '{"outcome": "replayed"}' || order_told(it, moment);
    END IF;

    highest := accept_fence(
        coalesce(cancel.lock, 'product:' || cancel.product_id), cancel.fence);
    IF highest IS NOT NULL THEN
        RETURN answer || jsonb_build_object(
            'outcome', 'stale', 'highest_fence', highest);
    END IF;
    IF it.id IS NULL THEN
        RETURN answer || '{"outcome": "unknown_order"}';
    END IF;
    UPDATE orders SET state = 'cancelled' WHERE id = it.id RETURNING * INTO it;
    UPDATE products SET stock = stock + it.quantity WHERE id = product.id;
    RETURN answer || '{"outcome": "cancelled", "opened": true}'
        || order_told(it, moment);
END
$$;

-- How a product's sale stands.  The outcomes:
--   product          {"name", "left", "held", "state", "opens_at", "closes_at",
--                    "next_lapse_at", "per_buyer", "hold_s", "now"}: "state" is
--                    not_open, open, held_out, sold_out or ended; a hold that has
--                    lapsed counts as left; "next_lapse_at" only where held_out
--   unknown_product  there is no such product
CREATE OR REPLACE FUNCTION product(product_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE
SECURITY DEFINER
AS $$
    WITH holds AS (
        SELECT coalesce(sum(quantity) FILTER (WHERE held_until <= now()), 0)
                AS lapsed,
            coalesce(sum(quantity) FILTER (WHERE held_until > now()), 0) AS held,
            min(held_until) FILTER (WHERE held_until > now()) AS next_lapse
        FROM orders
        WHERE orders.product_id = product.product_id AND state = 'held'
    ), standing AS (
        SELECT *, stock + lapsed AS remaining, CASE
                WHEN opens_at > now() THEN 'not_open'
                WHEN closes_at <= now() THEN 'ended'
                WHEN stock + lapsed > 0 THEN 'open'
                WHEN held > 0 THEN 'held_out'
                ELSE 'sold_out' END AS state
        FROM products CROSS JOIN holds WHERE id = product.product_id
    )
    SELECT jsonb_build_object('product_id', product.product_id)
        || coalesce((SELECT jsonb_build_object('outcome', 'product',
            'name', name, 'left', remaining, 'held', held, 'state', state,
            'opens_at', utc_text(opens_at), 'closes_at', utc_text(closes_at),
            'next_lapse_at', CASE state WHEN 'held_out'
                THEN utc_text(next_lapse) END,
            'per_buyer', per_buyer, 'hold_s', hold_s, 'now', utc_text(now()))
            FROM standing), '{"outcome": "unknown_product"}')
$$;

-- An order by its number.  The outcomes:
--   order          the order
--   unknown_order  there is no such order
CREATE OR REPLACE FUNCTION order_of(order_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE
SECURITY DEFINER
AS $$
    SELECT jsonb_build_object('order_id', order_of.order_id) || coalesce(
        (SELECT '{"outcome": "order"}' || order_told(orders, now())
            FROM orders WHERE id = order_of.order_id),
        '{"outcome": "unknown_order"}')
$$;

-- An order by the idempotency key that made it; the outcomes of order_of.
CREATE OR REPLACE FUNCTION order_by_key(order_key text)
RETURNS jsonb
LANGUAGE sql STABLE
SECURITY DEFINER
AS $$
    SELECT jsonb_build_object('order_key', order_by_key.order_key) || coalesce(
        (SELECT '{"outcome": "order"}' || order_told(orders, now())
            FROM orders WHERE idempotency_key = order_by_key.order_key),
        '{"outcome": "unknown_order"}')
$$;

-- What was sold, for you to look at: a line for each product.  "left", "held",
-- "sold" and "cancelled" count tickets, the first two as they are this moment.
-- "refunds_due" counts orders that were paid and have no tickets: too late, or
-- cancelled; your payment provider knows which of them it has paid back.
-- "orders" and "buyers" are those that have bought.  It shows sums and names no
-- buyer, so it reads with its owner's rights: whom you let see it, by GRANT
-- SELECT ON sales, need see no table.
CREATE OR REPLACE VIEW sales AS
    SELECT products.id AS product_id, name,
        stock + coalesce(sum(quantity) FILTER (WHERE state = 'held'
            AND held_until <= now()), 0)::bigint AS "left",
        coalesce(sum(quantity) FILTER (WHERE state = 'held'
            AND held_until > now()), 0)::bigint AS held,
        coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0)::bigint
            AS sold,
        coalesce(sum(quantity) FILTER (WHERE state = 'cancelled'), 0)::bigint
            AS cancelled,
        count(*) FILTER (WHERE state = 'refund'
            OR (state = 'cancelled' AND payment IS NOT NULL)) AS refunds_due,
        count(*) FILTER (WHERE state = 'sold') AS orders,
        count(DISTINCT buyer) FILTER (WHERE state = 'sold') AS buyers
    FROM products LEFT JOIN orders ON orders.product_id = products.id
    GROUP BY products.id;

-- Forget who bought what was ordered BEFORE; how many orders that were:
--     SELECT forget_buyers(now() - interval '90 days');
-- What is held this moment stays.  The fingerprint is made of the buyer and goes
-- along, so a request that comes again with its key is told key_reused and still
-- buys nothing.  The payment stays, for your books.  For after a sale: sales wait
-- until it has ended, and per_buyer no longer knows whom it has counted.
CREATE OR REPLACE FUNCTION forget_buyers(before timestamptz)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM FROM products ORDER BY id FOR UPDATE;
    UPDATE orders SET buyer = 'forgotten ' || id, fingerprint = 'forgotten'
        WHERE created_at < before AND fingerprint <> 'forgotten'
            AND (state <> 'held' OR held_until <= clock_timestamp());
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
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
    operations text DEFAULT 'purchase hold confirm cancel product order_of '
        'order_by_key reserve_username')
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
    -- What the functions share is theirs alone, whatever the defaults gave away.
    FOR mine IN SELECT p.oid::regprocedure AS name, grantee::regrole AS who
        FROM pg_proc AS p CROSS JOIN aclexplode(proacl)
        WHERE age(p.xmin) <= since AND grantee NOT IN (0, proowner)
            AND NOT prosecdef AND proname <> 'bouncer_health'
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s',
                       mine.name, mine.who);
    END LOOP;
END
$$;

-- PostgREST, where there is one, shall know the functions now.
NOTIFY pgrst, 'reload schema';

COMMIT;
