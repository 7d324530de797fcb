/*
 * env_file: the addresses and secrets of a running cloud, for shells, tests
 * and clients:
 *
 *     . build/local/env
 *     curl -H "Authorization: Bearer $UPSTASH_REDIS_REST_TOKEN" ...
 *
 * Readable by its owner alone, and gone when the cloud is.  Its first line
 * names the cloud's private directory, so that a cloud removes its own file
 * only, not that of one that was started after it with the same path.
 */
#ifndef BOUNCER_LOCAL_ENV_FILE_H
#define BOUNCER_LOCAL_ENV_FILE_H

#include <stdbool.h>

#include "base/error.h"

struct cloud;

/*
 * Write the file of CLOUD, whole or not at all; directories on its path are
 * made.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
env_file_write(const struct cloud *cloud, struct error *err);

/* Remove the file at PATH if it was written for the cloud in DIR. */
void env_file_remove(const char *path, const char *dir);

#endif
