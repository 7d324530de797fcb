/*
 * ca: a certificate authority that lives as long as the local cloud, and one
 * server certificate of it for the loopback names.
 *
 * Both keys are EC P-256.  The authority's key is forgotten as soon as it has
 * signed, so the CA file can be trusted without trusting anything later.
 */
#ifndef BOUNCER_LOCAL_CA_H
#define BOUNCER_LOCAL_CA_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

#define CA_PATH_MAX 256

struct ca_files {
    char ca[CA_PATH_MAX];   /* the authority's certificate, PEM */
    char cert[CA_PATH_MAX]; /* the server's, PEM */
    char key[CA_PATH_MAX];  /* the server's key, PEM, mode 0600 */
};

/*
 * Write the three files into DIR and their paths into FILES.  The server's
 * certificate is good for localhost, *.localhost, 127.0.0.1 and ::1, from an
 * hour ago for a year.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
ca_make(struct ca_files *files, const char *dir, struct error *err);

#endif
