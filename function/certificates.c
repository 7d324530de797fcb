/*
 * A directory of the system counts only if it has a hashed name in it: OpenSSL
 * finds nothing in any other.
 */
#include "certificates.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE "certs"

const struct certificates_place certificates_places[] = {
    {.path = "/etc/ssl/certs", .hashed = true},
    {.path = "/etc/pki/tls/certs", .hashed = true},
    {.path = "/etc/pki/tls/certs/ca-bundle.crt"},
    {.path = "/etc/ssl/certs/ca-certificates.crt"},
    {.path = "/etc/ssl/cert.pem"},
};

const size_t certificates_place_count =
    sizeof(certificates_places) / sizeof(certificates_places[0]);

/* A name as `openssl rehash` makes it: eight hex digits, a dot, a number. */
static bool is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
           isdigit((unsigned char)name[9]);
}

/* Amazon Linux has Debian's directory too, but no hashed name in it. */
static bool is_hashed_dir(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    if (!dir)
        return false;
    do {
        entry = readdir(dir);
    } while (entry && !is_hashed_name(entry->d_name));
    (void)closedir(dir);
    return entry;
}

static bool is_dir(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool certificates_find(struct certificates *found, const char *ca_file,
                       const char *program,
                       const struct certificates_place *places, size_t count)
{
    found->file = ca_file;
    found->dir = NULL;
    if (ca_file)
        return true;
    if (program_beside(found->path, program, BESIDE) && is_dir(found->path)) {
        found->dir = found->path;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].hashed && is_hashed_dir(places[i].path)) {
            found->dir = places[i].path;
            return true;
        }
        if (!places[i].hashed && access(places[i].path, R_OK) == 0) {
            found->file = places[i].path;
            return true;
        }
    }
    return false;
}
