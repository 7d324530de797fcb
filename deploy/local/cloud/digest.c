/*
 * A line is told by its start: a brace, a word of report.h, or neither.  What
 * is counted is found again by its text, in a table that is emptied when the
 * second is over.
 */
#include "cloud/digest.h"

#include <string.h>
#include <time.h>

#include "base/json.h"

/* Lines of the function end at 16 KB (lib/base/log.c). */
#define LINE_MAX_BYTES (64UL * 1024)
#define DEPTH_MAX 8
#define VALUES_MAX 4096

/* ---- the sums of a second ---- */

static bool add_time(const struct digest *digest, struct buffer *out)
{
    const time_t second = digest->second;
    struct tm now;

    (void)localtime_r(&second, &now);
    return buffer_append_format(out, "%02d:%02d:%02d ", now.tm_hour, now.tm_min,
                                now.tm_sec);
}

/* Whether KIND was refused what that of an earlier one was. */
static bool is_told(const struct digest *digest, size_t kind)
{
    for (size_t i = 0; i < kind; i++) {
        if (digest->kinds[i].refusal &&
            strcmp(digest->kinds[i].subject.text,
                   digest->kinds[kind].subject.text) == 0)
            return true;
    }
    return false;
}

/* "product:1  41 busy, 12 sold_out": from the FIRST of them on. */
static bool add_subject(const struct digest *digest, size_t first,
                        struct buffer *out)
{
    const char *subject = digest->kinds[first].subject.text;
    const char *before = "  ";
    bool added = buffer_append_text(out, subject);

    for (size_t i = first; added && i < digest->count; i++) {
        const struct digest_kind *kind = &digest->kinds[i];

        if (!kind->refusal || strcmp(kind->subject.text, subject) != 0)
            continue;
        added = buffer_append_format(out, "%s%ld %s", before, kind->count,
                                     kind->text.text);
        before = ", ";
    }
    return added;
}

static bool add_refusals(const struct digest *digest, struct buffer *out)
{
    const char *before = "refused  ";
    bool added = true;

    for (size_t i = 0; added && i < digest->count; i++) {
        if (!digest->kinds[i].refusal || is_told(digest, i))
            continue;
        added = (before[0] == ';' || add_time(digest, out)) &&
                buffer_append_text(out, before) && add_subject(digest, i, out);
        before = "; ";
    }
    if (added && digest->refusals_left > 0) {
        added = (before[0] == ';' || add_time(digest, out)) &&
                buffer_append_format(out, "%s%ld more", before,
                                     digest->refusals_left);
        before = "; ";
    }
    return added && (before[0] != ';' || buffer_append_text(out, "\n"));
}

static bool add_repeated(const struct digest *digest, struct buffer *out)
{
    for (size_t i = 0; i < digest->count; i++) {
        const struct digest_kind *kind = &digest->kinds[i];

        if (!kind->refusal && kind->count > 1 &&
            !(add_time(digest, out) &&
              buffer_append_format(out, "%s, %ld more time%s\n",
                                   kind->text.text, kind->count - 1,
                                   kind->count > 2 ? "s" : "")))
            return false;
    }
    return digest->failures_left == 0 ||
           (add_time(digest, out) &&
            buffer_append_format(out, "error    %ld more lines: see the log\n",
                                 digest->failures_left));
}

/* The entry of what is alike, counted; NULL: there is no room for it. */
static struct digest_kind *count(struct digest *digest, bool refusal,
                                 const char *subject, struct slice text)
{
    struct digest_kind kind = {.refusal = refusal};

    error_set(&kind.subject, "%s", subject);
    error_set(&kind.text, "%.*s", (int)text.len, text.at);
    for (size_t i = 0; i < digest->count; i++) {
        struct digest_kind *known = &digest->kinds[i];

        if (known->refusal == refusal &&
            strcmp(known->subject.text, kind.subject.text) == 0 &&
            strcmp(known->text.text, kind.text.text) == 0) {
            known->count++;
            return known;
        }
    }
    if (digest->count == DIGEST_KINDS_MAX)
        return NULL;
    kind.count = 1;
    digest->kinds[digest->count] = kind;
    return &digest->kinds[digest->count++];
}

static void add_refusal(struct digest *digest, const char *subject,
                        struct slice outcome)
{
    if (count(digest, true, subject, outcome) == NULL)
        digest->refusals_left++;
}

/* Append TEXT, the first of its second, with the time where it is TIMED. */
static bool add_failure(struct digest *digest, struct slice text, bool timed,
                        struct buffer *out)
{
    const struct digest_kind *kind = count(digest, false, "", text);

    if (kind == NULL)
        digest->failures_left++;
    return kind == NULL || kind->count > 1 ||
           ((!timed || add_time(digest, out)) &&
            buffer_append(out, text.at, text.len) &&
            buffer_append_text(out, "\n"));
}

/* ---- the function's lines ---- */

/* A member's text, or "" where it is none: good for "%s". */
static const char *text_of(const struct json *line, const char *name)
{
    const struct slice text = json_string(json_get(line, name));

    return text.at != NULL ? text.at : "";
}

/* The lock's name, "product:1#3" without its permit; else the route. */
static struct error subject_of(const struct json *line)
{
    const char *lock = text_of(line, "lock_name");
    struct error subject;

    error_set(&subject, "%.*s", (int)strcspn(lock, "#"), lock);
    if (lock[0] == '\0')
        error_set(&subject, "%s", text_of(line, "route"));
    return subject;
}

/* "order_id": 7 as "  order 7"; nothing for what is in the name of the LOCK. */
static bool add_member(const struct json *member, const char *lock,
                       struct buffer *out)
{
    const char *name = json_key(member);
    const size_t len = strlen(name);
    const size_t shown =
        len > 3 && strcmp(name + len - 3, "_id") == 0 ? len - 3 : len;
    const struct slice text = json_string(member);
    struct error value = {""};
    int64_t integer;

    if (text.at != NULL)
        error_set(&value, "%s", text.at);
    else if (json_integer(member, &integer))
        error_set(&value, "%lld", (long long)integer);
    else
        return true;
    if (strncmp(lock, name, shown) == 0 && lock[shown] == ':' &&
        strcmp(lock + shown + 1, value.text) == 0)
        return true;
    return buffer_append_format(out, "  %.*s %s", (int)shown, name, value.text);
}

static bool add_done(const struct digest *digest, const struct json *line,
                     struct buffer *out)
{
    const struct error subject = subject_of(line);
    int64_t number;
    bool added = add_time(digest, out) &&
                 buffer_append_format(out, "%-8s %s", text_of(line, "outcome"),
                                      subject.text);

    for (const struct json *member = json_first(json_get(line, "about"));
         added && member != NULL; member = json_next(member))
        added = add_member(member, subject.text, out);
    if (added && json_integer(json_get(line, "fence"), &number))
        added = buffer_append_format(out, "  fence %lld", (long long)number);
    if (added && json_integer(json_get(line, "duration_us"), &number))
        added = buffer_append_format(out, "  %lld ms",
                                     (long long)(number + 500) / 1000);
    return added && buffer_append_text(out, "\n");
}

static bool is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

static bool add_request(struct digest *digest, const struct json *line,
                        struct buffer *out)
{
    const char *outcome = text_of(line, "outcome");
    const struct error subject = subject_of(line);
    struct error failure;
    int64_t status = 0;

    if (!json_integer(json_get(line, "status"), &status))
        return true;
    if (status >= 500) {
        error_set(&failure, "error    %s  %d %s", subject.text, (int)status,
                  outcome);
        return add_failure(digest, slice_of(failure.text), true, out);
    }
    if (status >= 300)
        add_refusal(digest, subject.text, slice_of(outcome));
    else if (!is_safe(text_of(line, "method")))
        return add_done(digest, line, out);
    return true;
}

static bool add_event(struct digest *digest, const struct json *line,
                      struct buffer *out)
{
    const char *level = text_of(line, "level");
    const char *detail = text_of(line, "detail");
    struct error failure;

    if (strcmp(level, "warn") != 0 && strcmp(level, "error") != 0 &&
        strcmp(level, "fatal") != 0)
        return true;
    error_set(&failure, "%-8s %s%s%s", level, text_of(line, "event"),
              detail[0] != '\0' ? ": " : "", detail);
    return add_failure(digest, slice_of(failure.text), true, out);
}

static bool add_json(struct digest *digest, const struct json *line,
                     struct buffer *out)
{
    if (strcmp(text_of(line, "event"), "request") == 0)
        return add_request(digest, line, out);
    return add_event(digest, line, out);
}

/* ---- the platform's lines ---- */

static bool begins(struct slice line, const char *text)
{
    return line.len >= strlen(text) && memcmp(line.at, text, strlen(text)) == 0;
}

static bool ends(struct slice line, const char *text)
{
    return line.len >= strlen(text) &&
           memcmp(line.at + line.len - strlen(text), text, strlen(text)) == 0;
}

static bool add_report(struct digest *digest, struct slice line,
                       struct buffer *out)
{
    static const char timeout[] =
        "error    an instance was killed at its time limit";
    static const char error[] =
        "error    an instance ended or failed before its answer was complete";

    if (ends(line, "\tStatus: timeout"))
        return add_failure(digest, slice_of(timeout), true, out);
    if (ends(line, "\tStatus: error"))
        return add_failure(digest, slice_of(error), true, out);
    return true;
}

/* ---- lines in, lines out ---- */

void digest_init(struct digest *digest, const struct clock *clock)
{
    *digest = (struct digest){.clock = clock};
    digest->second = clock_epoch_ms(clock) / 1000;
}

bool digest_end(struct digest *digest, struct buffer *out)
{
    bool added = add_refusals(digest, out) && add_repeated(digest, out);

    digest->count = 0;
    digest->refusals_left = 0;
    digest->failures_left = 0;
    return added;
}

bool digest_tick(struct digest *digest, struct buffer *out)
{
    const int64_t second = clock_epoch_ms(digest->clock) / 1000;
    bool added = true;

    if (second != digest->second)
        added = digest_end(digest, out);
    digest->second = second;
    return added;
}

bool digest_line(struct digest *digest, struct slice line, struct buffer *out)
{
    static const struct json_limits limits = {
        .max_bytes = LINE_MAX_BYTES,
        .max_depth = DEPTH_MAX,
        .max_values = VALUES_MAX,
    };
    struct json_document doc;
    struct error err;
    bool added;

    if (!digest_tick(digest, out))
        return false;
    if (begins(line, "REPORT RequestId: "))
        return add_report(digest, line, out);
    if (line.len == 0 || begins(line, "START RequestId: ") ||
        begins(line, "END RequestId: "))
        return true;
    if (line.at[0] != '{' || !json_parse(&doc, line, &limits, &err))
        return add_failure(digest, line, false, out);
    added = add_json(digest, doc.root, out);
    json_release(&doc);
    return added;
}
