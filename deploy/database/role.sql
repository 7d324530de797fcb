-- Give a role the rights that the function needs, and no others: it may call
-- the operations and ask for the health; it sees no table.
--
--     CREATE ROLE bouncer_b LOGIN PASSWORD '...';
--     psql "$DATABASE_URL" --set role=bouncer_b --file deploy/database/role.sql
--
-- Apply it as who has applied schema.sql, again after a new version of that.
-- Which functions are operations need not be said: those of your own here that
-- return JSON with your rights (SECURITY DEFINER), and what you create later.

\set ON_ERROR_STOP on
\if :{?role}
\else
    DO $$ BEGIN RAISE EXCEPTION 'name the role: psql --set role=NAME ...'; END $$;
\endif

SELECT current_schema() AS schema \gset
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT EXECUTE ON FUNCTION bouncer_health TO :"role";
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', oid::regprocedure, :'role')
    FROM pg_proc
    WHERE pronamespace = quote_ident(:'schema')::regnamespace AND prosecdef
        AND proowner = current_user::regrole
        AND prorettype IN ('json'::regtype, 'jsonb'::regtype) \gexec
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema"
    GRANT EXECUTE ON FUNCTIONS TO :"role";
