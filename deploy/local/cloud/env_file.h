/*
 * env_file: the addresses and secrets of a running cloud, for shells, what
 * they start, tests and clients:
 *
 *     . build/local/env
 *     curl -H "Authorization: Bearer $UPSTASH_REDIS_REST_TOKEN" ...
 *
 * Readable by its owner alone, and gone when the cloud is.  A cloud claims its
 * file before it starts anything, by a lock (flock(2)) that lasts as long as
 * its processes: one that is started later with the same path finds it taken.
 * The first line names the cloud's private directory, so that a janitor that
 * comes late removes its own cloud's file only.
 */
#ifndef BOUNCER_LOCAL_ENV_FILE_H
#define BOUNCER_LOCAL_ENV_FILE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct cloud;

/*
 * Claim the file of CLOUD: that of --env-file, or else build/local/env; where
 * another cloud has the latter, build/local/env-PORT.  Its path goes to
 * CLOUD->env_file and its descriptor to CLOUD->env_fd; directories on the path
 * are made.  False with the reason in ERR, also where --env-file names the
 * file of a running cloud.
 */
__attribute__((warn_unused_result)) bool env_file_claim(struct cloud *cloud,
                                                        struct error *err);

/* Append TEXT to OUT, quoted so that any shell reads it back unchanged. */
__attribute__((warn_unused_result)) bool env_file_quote(struct buffer *out,
                                                        const char *text);

/* Write the claimed file of CLOUD.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool
env_file_write(const struct cloud *cloud, struct error *err);

/* Remove the file at PATH if it was written for the cloud in DIR. */
void env_file_remove(const char *path, const char *dir);

#endif
