/*
 * certificates: where the certificates of the authorities are that the stores'
 * servers are verified with.
 *
 * A directory in the form of `openssl rehash` is best: of it OpenSSL reads the
 * one certificate that it needs, of a bundle it parses every one.
 */
#ifndef BOUNCER_CERTIFICATES_H
#define BOUNCER_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>

/* Longer paths are not found; it is a page of stack less than PATH_MAX. */
#define CERTIFICATES_PATH_MAX 1024

struct certificates {
    const char *file; /* a bundle; NULL: none */
    const char *dir;  /* a hashed directory; NULL: none */
    char path[CERTIFICATES_PATH_MAX];
};

/* A place where systems keep them: a hashed directory, or else a bundle. */
struct certificates_place {
    const char *path;
    bool hashed;
};

/*
 * Take the first of these that is there:
 *
 *   CA_FILE             a bundle that somebody named; NULL: nobody did
 *   certs               a directory beside PROGRAM, the path of this program
 *   the COUNT PLACES    of the system, in their order
 *
 * The chosen one is borrowed from CA_FILE, PLACES or FOUND.  False where there
 * is none.
 */
bool certificates_find(struct certificates *found, const char *ca_file,
                       const char *program,
                       const struct certificates_place *places, size_t count);

/* The places of provided.al2023, Debian, Alpine and the BSDs. */
extern const struct certificates_place certificates_places[];
extern const size_t certificates_place_count;

#endif
