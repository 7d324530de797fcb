/*
 * Events that ask for nothing: they keep an instance warm, or check that the
 * function answers at all.  They are recognized by known words in known places;
 * failing them would make the platform retry and raise alarms.
 *
 * Sources: Amazon EventBridge User Guide, "Events structure" (a schedule's
 * event, and those of AWS services); the warmers serverless-plugin-warmup and
 * lambda-warmer; people's own constants in a schedule's target.  Any other
 * event wants something done: it is reported as unreadable, not swallowed.
 */
#include <ctype.h>
#include <string.h>

#include "platform/event_dialect.h"

/* Whether TEXT is WORD, with any case and any "-" or "_" in between. */
static bool is_word(struct slice text, const char *word)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '-' || text.at[i] == '_')
            continue;
        if (tolower((unsigned char)text.at[i]) != *word)
            return false;
        word++;
    }
    return text.len && !*word;
}

static bool is_ping_word(struct slice text)
{
    static const char *const words[] = {
        "ping",        "warm",
        "warmer",      "warmup",
        "keepalive",   "keepwarm",
        "heartbeat",   "health",
        "healthcheck", "serverlesspluginwarmup",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(text, words[i]))
            return true;
    }
    return false;
}

/* Members whose text says what an event is. */
static bool is_ping_text(const struct json *root)
{
    static const char *const keys[] = {"source", "type", "action", "event"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (is_ping_word(json_string(json_get(root, keys[i]))))
            return true;
    }
    return false;
}

/*
 * EventBridge sends a source and a detail-type.  Alarms, and people's own
 * constants, name only an AWS service as the source.
 */
static bool is_event_bridge(const struct json *root)
{
    const struct slice source = json_string(json_get(root, "source"));

    return source.at && (strncmp(source.at, "aws.", 4) == 0 ||
                         json_string(json_get(root, "detail-type")).at);
}

static bool recognize(const struct json *root)
{
    const struct json *member;

    if (json_type(root) != JSON_OBJECT)
        return false;
    if (!json_first(root) || is_event_bridge(root) || is_ping_text(root))
        return true;
    for (member = json_first(root); member; member = json_next(member)) {
        if (is_ping_word(slice_of(json_key(member))))
            return true;
    }
    return false;
}

static void write(const struct event *event,
                  const struct message_response *response,
                  struct json_writer *answer)
{
    (void)event;
    json_write_integer(answer, "statusCode", response->status);
    json_write_string(answer, "body", event_body_text(response));
}

const struct event_dialect event_ping = {
    .name = "ping",
    .recognize = recognize,
    .write = write,
};
