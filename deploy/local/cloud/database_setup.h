/*
 * database_setup: from an empty PostgreSQL to the function's database.
 */
#ifndef BOUNCER_LOCAL_DATABASE_SETUP_H
#define BOUNCER_LOCAL_DATABASE_SETUP_H

/*
 * The role of a child process; STATE is a struct cloud.  Waits until PostgreSQL
 * answers, makes Supabase's roles and the database, and applies schema.sql,
 * seed.sql and the extra files, each as psql --file --single-transaction would
 * (without psql's own \commands).  Returns 0; 1 where something failed, with
 * file, line and reason as the last line on standard error.
 */
int database_setup_run(const void *state);

#endif
