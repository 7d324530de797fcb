/*
 * config_parts: what the parts of config share.  For config*.c alone.
 *
 * A mistake is one line that begins with the setting's name, says what is wrong
 * and what to do, and never repeats the value.  Of each setting the first
 * mistake counts: what else is wrong with it mostly comes of that one.
 */
#ifndef BOUNCER_CONFIG_PARTS_H
#define BOUNCER_CONFIG_PARTS_H

#include <stdbool.h>

#include "config.h"

/* Read the database's settings: database_api, _url and _secret. */
void config_read_database(struct config *config, char *const environment[]);

/* ---- looking up ---- */

/* The value of NAME, or NULL where it is not there or empty. */
const char *config_setting(char *const environment[], const char *name);

/* The same for one that is used: what was pasted along with it is a mistake. */
const char *config_used(struct config *config, char *const environment[],
                        const char *name);

/* The same for one that must be there, and for one that is a secret besides. */
const char *config_required(struct config *config, char *const environment[],
                            const char *name);
const char *config_required_secret(struct config *config,
                                   char *const environment[], const char *name);

bool config_begins_with(const char *text, const char *start);

/* ---- mistakes ---- */

/* Add the line "NAME <text>"; nothing where one of NAME is there already. */
__attribute__((format(printf, 3, 4))) void config_mistake(struct config *config,
                                                          const char *name,
                                                          const char *format,
                                                          ...);

/* As url_check. */
void config_check_url(struct config *config, const char *name, const char *url);

/*
 * Every BOUNCER_... of ENVIRONMENT that is no setting is a mistake, since what
 * it was meant to change stays as it is; the setting whose name is nearest is
 * suggested.  An empty one is not set.
 */
void config_check_names(struct config *config, char *const environment[]);

#endif
