/*
 * fake_environment: settings of a test's own, in the place of environ.
 *
 *     fake_environment_clear();
 *     fake_environment_set("BOUNCER_LEASE_S=10");
 *     config_read(&config, fake_environment())
 *
 * A test runs in a process of its own, and so has one environment.
 */
#ifndef BOUNCER_FAKE_ENVIRONMENT_H
#define BOUNCER_FAKE_ENVIRONMENT_H

void fake_environment_clear(void);

/* SETTING is "NAME=value"; it replaces an earlier one of that name. */
void fake_environment_set(const char *setting);

/* As environ, until the next call of one of these. */
char *const *fake_environment(void);

#endif
