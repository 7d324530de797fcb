-- As if so many seconds had passed, as far as holds can tell.  For sim-check.
CREATE OR REPLACE FUNCTION let_time_pass(seconds bigint)
RETURNS jsonb
LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    UPDATE orders SET held_until = held_until - make_interval(secs => seconds);
    SELECT '{"outcome": "passed"}'::jsonb
$$;
