/*
 * settings: what a script hands over in the environment, and the end of the
 * program, with status SETTINGS_EXIT, where something is wrong with it.
 */
#ifndef BOUNCER_SETTINGS_H
#define BOUNCER_SETTINGS_H

#include "base/error.h"

#define SETTINGS_EXIT 2

/* The variable NAME; ends the program where it is not set. */
const char *setting(const char *name);

/*
 * The variable NAME as a whole number from 1 to MAX; ends the program where it
 * is none.
 */
long setting_count(const char *name, long max);

/* Say that WHAT cannot be done, for the reason in ERR, and end. */
_Noreturn void give_up(const char *what, const struct error *err);

#endif
