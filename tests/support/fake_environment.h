/*
 * fake_environment: a test's own settings in place of environ.
 *
 *     fake_environment_clear();
 *     fake_environment_set("BOUNCER_LEASE_S=10");
 *     config_read(&config, fake_environment())
 *
 * Each test runs in a process of its own, so one environment is enough.
 */
#ifndef BOUNCER_FAKE_ENVIRONMENT_H
#define BOUNCER_FAKE_ENVIRONMENT_H

void fake_environment_clear(void);

/* Set what is needed and nothing else: a store and a database. */
void fake_environment_good(void);

/* Add SETTING, "NAME=value"; it replaces an earlier one of that name. */
void fake_environment_set(const char *setting);

/* The settings in environ's form, valid until the next call of these. */
char *const *fake_environment(void);

#endif
