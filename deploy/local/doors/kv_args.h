/*
 * kv_args: the arguments of one redis command, collected from whatever form a
 * client of the Upstash REST API sent it in.
 *
 * Arguments are bytes, NULs included.  They are copied.
 *
 *     struct kv_args args;
 *
 *     kv_args_init(&args);
 *     kv_args_add(&args, bytes);  ...
 *     if (!kv_args_finish(&args))
 *         too large or out of memory
 *     use args.argc, args.argv and args.lens
 *     kv_args_release(&args);
 */
#ifndef BOUNCER_LOCAL_KV_ARGS_H
#define BOUNCER_LOCAL_KV_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/json.h"

struct kv_args {
    struct buffer bytes; /* all arguments behind each other */
    int argc;
    int capacity;
    size_t *lens;
    const char **argv; /* valid after kv_args_finish */
    bool failed;       /* something did not fit */
};

/* Make an empty list. */
void kv_args_init(struct kv_args *args);

/* Forget the arguments and keep the memory, for the next command. */
void kv_args_clear(struct kv_args *args);

/* Free everything; the list is empty and usable. */
void kv_args_release(struct kv_args *args);

/* Add an argument; a failure comes out in kv_args_finish. */
void kv_args_add(struct kv_args *args, struct slice bytes);

/* Add one that is percent-encoded (RFC 3986); in a query '+' is a space. */
void kv_args_add_encoded(struct kv_args *args, struct slice text,
                         bool in_query);

/*
 * Add all elements of a JSON array, parsed from text that kv_nul hid: strings
 * as they are, numbers, booleans and null by their JSON text.  False, with a
 * text for the client in *WRONG, where COMMAND is no array, is empty or holds
 * an array or object.
 */
__attribute__((warn_unused_result)) bool
kv_args_add_json(struct kv_args *args, const struct json *command,
                 const char **wrong);

/* The argument INDEX, borrowed; valid after kv_args_finish. */
struct slice kv_args_at(const struct kv_args *args, int index);

/* Make argv point to the arguments.  False where some did not fit. */
__attribute__((warn_unused_result)) bool kv_args_finish(struct kv_args *args);

#endif
