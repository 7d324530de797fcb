/*
 * shrink: cuts a failing history down to the events without which it does not
 * fail.
 */
#ifndef BOUNCER_SIM_SHRINK_H
#define BOUNCER_SIM_SHRINK_H

#include "world.h"

/*
 * Play the history of SETTING, which breaks a promise, again and again with
 * fewer events, as long as it breaks the same promise.  The last one, which is
 * told to STORY, is what WORLD holds then.  Returns how many events were left
 * out.
 */
size_t shrink(struct world *world, const struct world_setting *setting,
              FILE *story);

#endif
