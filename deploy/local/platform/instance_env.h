/*
 * instance_env: what the processes of the function are started with.
 *
 * The environment is the one that AWS Lambda gives a custom runtime, with the
 * addresses of the doors in place of the vendors', and of the environment that
 * the local cloud itself was started in at most BOUNCER_SECRET.  Left out of
 * docs.aws.amazon.com/lambda, "Defined runtime environment variables": what is
 * set by configuration only, AWS_EXECUTION_ENV, which a custom runtime does not
 * get, and LD_LIBRARY_PATH, whose folders do not exist here.
 */
#ifndef BOUNCER_LOCAL_INSTANCE_ENV_H
#define BOUNCER_LOCAL_INSTANCE_ENV_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct settings;

#define INSTANCE_ENV_MAX 128

struct instance_env {
    const char *function;     /* borrowed from the settings */
    char task_root[PATH_MAX]; /* its directory */
    int runtime_port;
    char *vars[INSTANCE_ENV_MAX]; /* all but AWS_LAMBDA_RUNTIME_API; owned */
    size_t count;
};

/*
 * Fill ENV in for the function of SETTINGS.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
instance_env_init(struct instance_env *env, const struct settings *settings,
                  struct error *err);

/* Free what it holds. */
void instance_env_release(struct instance_env *env);

/* What the function and its reports are told; nothing limits the memory. */
#define INSTANCE_MEMORY_MB "128"

/* The name and region that the function is told, for its ARN as well. */
#define INSTANCE_FUNCTION_NAME "bouncer"
#define INSTANCE_REGION "us-east-1"
#define INSTANCE_ACCOUNT "123456789012"
#define INSTANCE_ARN                                                           \
    "arn:aws:lambda:" INSTANCE_REGION ":" INSTANCE_ACCOUNT                     \
    ":function:" INSTANCE_FUNCTION_NAME

#endif
