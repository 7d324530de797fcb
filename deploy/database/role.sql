-- Give a role the rights that the function needs, and no others: it may call
-- the operations and ask for the health; it sees no table.
--
--     CREATE ROLE bouncer_b LOGIN PASSWORD '...';
--     psql "$DATABASE_URL" --set role=bouncer_b --file deploy/database/role.sql
--
-- Apply it as who has applied schema.sql, again after a new version of that.
-- An operation that you add belongs into the list.

\set ON_ERROR_STOP on
\if :{?role}
\else
    DO $$ BEGIN RAISE EXCEPTION 'name the role: psql --set role=NAME ...'; END $$;
\endif

SELECT current_schema() AS schema \gset
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT EXECUTE ON FUNCTION purchase, reserve_username, bouncer_health
    TO :"role";
