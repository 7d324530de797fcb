/*
 * config_parts: what the parts of config share.  Only for config*.c.
 *
 * A mistake is one line that begins with the setting's name, says what is wrong
 * and what to do, and never repeats the value.  Only the first mistake of a
 * setting counts: further ones mostly follow from it.
 */
#ifndef BOUNCER_CONFIG_PARTS_H
#define BOUNCER_CONFIG_PARTS_H

#include <stdbool.h>

#include "config.h"

/* Read the database's settings: database_api, _url and _secret. */
void config_read_database(struct config *config, char *const environment[]);

/* ---- looking up ---- */

/* The value of NAME; NULL if it is missing or empty. */
const char *config_setting(char *const environment[], const char *name);

/* The same, and text that was pasted along with the value is a mistake. */
const char *config_used(struct config *config, char *const environment[],
                        const char *name);

/* The same, and a secret must be printable ASCII without blanks. */
const char *config_used_secret(struct config *config, char *const environment[],
                               const char *name);

/* The same two, and a missing one is a mistake. */
const char *config_required(struct config *config, char *const environment[],
                            const char *name);
const char *config_required_secret(struct config *config,
                                   char *const environment[], const char *name);

bool config_begins_with(const char *text, const char *start);

/* ---- mistakes ---- */

/* Add the line "NAME <text>"; does nothing if NAME has a mistake already. */
__attribute__((format(printf, 3, 4))) void config_mistake(struct config *config,
                                                          const char *name,
                                                          const char *format,
                                                          ...);

/* Add a mistake where url_check() finds one. */
void config_check_url(struct config *config, const char *name, const char *url);

/*
 * Every BOUNCER_... of ENVIRONMENT that is no setting, nor one of the build's,
 * is a mistake, since it changes nothing; a setting with a similar name is
 * suggested.  An empty one counts as not set.
 */
void config_check_names(struct config *config, char *const environment[]);

#endif
