/*
 * json_item: what the files of this module share, cJSON's items.
 *
 * The only file that includes cJSON.
 */
#ifndef BOUNCER_JSON_ITEM_H
#define BOUNCER_JSON_ITEM_H

#include <cjson/cJSON.h>

/* A number with a fraction in its text; cJSON's own flags end at 1 << 9. */
#define LOST_FRACTION (1 << 16)

#endif
