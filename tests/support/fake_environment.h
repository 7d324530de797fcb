/*
 * fake_environment: settings of a test's own, in the place of getenv.
 *
 *     fake_environment_clear();
 *     fake_environment_set("BOUNCER_LEASE_S=10");
 *     config_read(&config, fake_environment_get)
 *
 * A test runs in a process of its own, and so has one environment.
 */
#ifndef BOUNCER_FAKE_ENVIRONMENT_H
#define BOUNCER_FAKE_ENVIRONMENT_H

void fake_environment_clear(void);

/* SETTING is "NAME=value"; it wins over earlier ones of that name. */
void fake_environment_set(const char *setting);

/* As getenv. */
char *fake_environment_get(const char *name);

#endif
