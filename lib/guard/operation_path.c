/* Paths are compared segment by segment; {name} stands for any one segment. */
#include <stdio.h>
#include <string.h>

#include "base/url.h"
#include "guard/operation_reader.h"

bool operation_is_placeholder(struct slice segment, struct slice *name)
{
    if (segment.len < 2 || segment.at[0] != '{' ||
        segment.at[segment.len - 1] != '}')
        return false;
    *name = (struct slice){segment.at + 1, segment.len - 2};
    return true;
}

/* Unreserved characters alone, and no "." or "..". */
static bool is_literal(struct slice segment)
{
    size_t len = 0;

    while (len < segment.len && url_is_unreserved(segment.at[len]))
        len++;
    return len == segment.len && !slice_is(segment, ".") &&
           !slice_is(segment, "..");
}

static void read_segment(struct operation_reader *reader, struct slice segment)
{
    const int shown = operation_shown(segment);
    struct slice name;
    struct field *field;

    if (segment.len == 0) {
        operation_mistake(reader, "path",
                          "has an empty segment, or a slash at its end");
    } else if (!operation_is_placeholder(segment, &name)) {
        if (!is_literal(segment))
            operation_mistake(reader, "path",
                              "%.*s is no segment: write A-Z a-z 0-9 - . _ ~, "
                              "or one whole {property}",
                              shown, segment.at);
    } else if (!(field = operation_field(reader, name))) {
        operation_mistake(reader, "path", "%.*s is no property of input", shown,
                          segment.at);
    } else if (field->in_path) {
        operation_mistake(reader, "path", "%.*s is there twice", shown,
                          segment.at);
    } else {
        field->in_path = true;
        field->required = true;
    }
}

static bool is_own(const struct operation *operation)
{
    return operation->method && strcmp(operation->method, "GET") == 0 &&
           (strcmp(operation->path, "/api/health") == 0 ||
            strcmp(operation->path, "/api/live") == 0);
}

void operation_read_path(struct operation_reader *reader)
{
    const char *path = reader->operation->path;
    struct slice left = slice_of(path ? strchrnul(path, '/') : NULL);
    struct slice segment;

    if (!path)
        return;
    if (path[0] != '/')
        operation_mistake(reader, "path", "must begin with /");
    while (url_next_segment(&left, &segment))
        read_segment(reader, segment);
    if (is_own(reader->operation))
        operation_mistake(reader, "path",
                          "is the bouncer's own; choose another");
}

bool operation_same_path(const char *a, const char *b)
{
    struct slice left[2] = {slice_of(a), slice_of(b)};
    struct slice segment[2];
    struct slice name;

    while (url_next_segment(&left[0], &segment[0])) {
        if (!url_next_segment(&left[1], &segment[1]))
            return false;
        if (operation_is_placeholder(segment[0], &name)
                ? !operation_is_placeholder(segment[1], &name)
                : !slice_equal(segment[0], segment[1]))
            return false;
    }
    return !left[1].len;
}

/* ---- finding ---- */

static bool matches(const char *pattern, struct slice path)
{
    struct slice left = slice_of(pattern);
    struct slice own;
    struct slice asked;
    struct slice name;

    while (url_next_segment(&left, &own)) {
        if (!url_next_segment(&path, &asked))
            return false;
        if (operation_is_placeholder(own, &name) ? !asked.len
                                                 : !slice_equal(own, asked))
            return false;
    }
    return !path.len;
}

/* Of two paths that match, A wins if it has the first literal segment. */
static bool is_more_literal(const char *a, const char *b)
{
    struct slice left[2] = {slice_of(a), slice_of(b)};
    struct slice segment[2];
    struct slice name;

    while (url_next_segment(&left[0], &segment[0]) &&
           url_next_segment(&left[1], &segment[1])) {
        const bool other = operation_is_placeholder(segment[1], &name);

        if (operation_is_placeholder(segment[0], &name) != other)
            return other;
    }
    return false;
}

static void allow_method(const char *method, char *allow, size_t allow_size)
{
    const size_t len = strlen(allow);

    /* No method's name is a part of another's. */
    if (!strstr(allow, method))
        (void)snprintf(allow + len, allow_size - len, "%s%s", len ? ", " : "",
                       method);
}

const struct operation *operations_find(const struct operations *operations,
                                        struct slice method, struct slice path,
                                        char *allow, size_t allow_size)
{
    const struct operation *best = NULL;

    for (size_t i = 0; i < operations->count; i++) {
        const struct operation *one = &operations->list[i];
        const bool get = strcmp(one->method, "GET") == 0;

        if (!matches(one->path, path))
            continue;
        allow_method(one->method, allow, allow_size);
        if (get)
            allow_method("HEAD", allow, allow_size);
        if ((slice_is(method, one->method) ||
             (get && slice_is(method, "HEAD"))) &&
            (!best || is_more_literal(one->path, best->path)))
            best = one;
    }
    return best;
}
