/*
 * certificates: finds the CA certificates used to verify the stores.
 *
 * A directory in the form of `openssl rehash` is best: OpenSSL reads only the
 * certificate that it needs.  It parses every certificate of a bundle.
 */
#ifndef BOUNCER_CERTIFICATES_H
#define BOUNCER_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"

struct certificates {
    const char *file;            /* a bundle; NULL: none */
    const char *dir;             /* a hashed directory; NULL: none */
    char path[PROGRAM_PATH_MAX]; /* what `dir` may point to */
};

/* A system's place for certificates: a hashed directory, or else a bundle. */
struct certificates_place {
    const char *path;
    bool hashed;
};

/*
 * Choose the first that exists:
 *
 *   CA_FILE             a bundle that the settings name, unchecked; NULL: none
 *   certs               a directory beside PROGRAM, the path of this program
 *   the COUNT PLACES    of the system, in their order
 *
 * FOUND borrows from CA_FILE or PLACES, or points into itself: do not copy it.
 * False where there is none.
 */
bool certificates_find(struct certificates *found, const char *ca_file,
                       const char *program,
                       const struct certificates_place *places, size_t count);

/* The places of provided.al2023, Debian, Alpine and the BSDs. */
extern const struct certificates_place certificates_places[];
extern const size_t certificates_place_count;

#endif
