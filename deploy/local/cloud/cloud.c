/*
 * Names are random, so that clouds beside each other never meet, and the
 * secrets are new for each cloud.
 */
#include "cloud/cloud.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"

/* The bytes of a path that mean themselves wherever it is written. */
#define PLAIN                                                                  \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"

static bool find_function(struct cloud *cloud, struct error *err)
{
    const char *given = cloud->options->function;
    char path[PATH_MAX];
    ssize_t len;

    if (given == NULL) {
        len = readlink("/proc/self/exe", path, sizeof(path) - 1);
        path[len > 0 ? len : 0] = '\0';
        (void)snprintf(cloud->function, sizeof(cloud->function),
                       "%.4000s/bootstrap", dirname(path));
        given = memcpy(path, cloud->function, sizeof(path));
    }
    if (realpath(given, cloud->function) != NULL &&
        access(cloud->function, X_OK) == 0)
        return true;
    error_set(err, "the function %s cannot be run: %s", given, strerror(errno));
    return false;
}

/* The directory's name goes into settings and URLs of others, unquoted. */
static bool name_dir(struct cloud *cloud, struct error *err)
{
    const char *tmp = getenv("TMPDIR");
    char id[17];
    int len;

    if (tmp == NULL || tmp[0] != '/' || tmp[strspn(tmp, PLAIN)] != '\0')
        tmp = "/tmp";
    if (!random_hex(id, 8)) {
        error_set(err, "the kernel gives no random bytes");
        return false;
    }
    len = snprintf(cloud->dir, sizeof(cloud->dir), "%s/bouncer-%s", tmp, id);
    if (len >= (int)sizeof(cloud->dir)) {
        error_set(err, "TMPDIR %s is too long for a unix socket's path", tmp);
        return false;
    }
    (void)snprintf(cloud->log, sizeof(cloud->log), "%s/log", cloud->dir);
    return true;
}

/* The key in the environment's LOCAL_SERVICE_KEY, or one as Supabase makes
 * them. */
static bool make_service_key(struct cloud *cloud, const char *secret,
                             struct error *err)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-";
    const char *given = getenv("LOCAL_SERVICE_KEY");
    int len = snprintf(cloud->service_key, sizeof(cloud->service_key), "%s%s",
                       given != NULL ? "" : "sb_secret_",
                       given != NULL ? given : secret);

    if (len > 0 && len < (int)sizeof(cloud->service_key) &&
        cloud->service_key[strspn(cloud->service_key, safe)] == '\0')
        return true;
    error_set(
        err,
        "LOCAL_SERVICE_KEY wants up to %zu letters, digits, '.', '_', '~', '-'",
        sizeof(cloud->service_key) - 1);
    return false;
}

/*
 * What callers of the function send: that of --set, which the instances get in
 * any case, or else of our environment, or else one made here.
 */
static bool choose_secret(struct cloud *cloud)
{
    static const char name[] = "BOUNCER_SECRET=";
    const struct options *options = cloud->options;
    const char *given = getenv("BOUNCER_SECRET");

    cloud->secret = cloud->made_secret;
    if (given != NULL && given[0] != '\0')
        cloud->secret = given;
    for (size_t i = 0; i < options->set_count; i++) {
        if (strncmp(options->set[i], name, strlen(name)) == 0)
            cloud->secret = options->set[i] + strlen(name);
    }
    return random_hex(cloud->made_secret, CLOUD_SECRET_BYTES);
}

static bool make_secrets(struct cloud *cloud, struct error *err)
{
    char password[CLOUD_SECRET_MAX];
    char key[CLOUD_SECRET_MAX];

    if (!random_hex(cloud->kv_token, CLOUD_SECRET_BYTES) ||
        !random_hex(key, CLOUD_SECRET_BYTES) ||
        !random_hex(password, CLOUD_SECRET_BYTES) || !choose_secret(cloud)) {
        error_set(err, "the kernel gives no random bytes");
        return false;
    }
    if (!make_service_key(cloud, key, err))
        return false;
    (void)snprintf(
        cloud->neon_connection_string, sizeof(cloud->neon_connection_string),
        "postgresql://" SERVICES_DATABASE ":%s@db.localhost/" SERVICES_DATABASE,
        password);
    return true;
}

bool cloud_init(struct cloud *cloud, struct error *err)
{
    return find_function(cloud, err) && name_dir(cloud, err) &&
           services_find(&cloud->services, cloud->dir, err) &&
           make_secrets(cloud, err);
}
