/*
 * The mistakes are lines of one buffer; a setting has one already if a line
 * begins with its name.  A placeholder is recognised by marks that no token,
 * key or address of the services contains.
 */
#include "config_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/url.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define PREFIX "BOUNCER_"

/* More than any of our names has; a longer one is cut in its mistake. */
#define NAME_MAX_LEN 40

/* ---- lines ---- */

static bool has_mistake(const struct config *config, const char *name)
{
    const size_t len = strlen(name);
    const char *line = config->mistakes.data;

    while (line && *line) {
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return true;
        line = strchr(line, '\n');
        if (line)
            line++;
    }
    return false;
}

void config_mistake(struct config *config, const char *name, const char *format,
                    ...)
{
    struct error text;
    char words[ERROR_TEXT_MAX];
    va_list args;

    if (has_mistake(config, name))
        return;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    /* error_set() replaces what could end the line. */
    error_set(&text, "%s %s", name, words);
    /* A full list is not an error: it has enough mistakes to begin with. */
    if (!buffer_append_format(&config->mistakes, "%s%s",
                              config->mistakes.len ? "\n" : "", text.text))
        return;
}

/* ---- what was pasted along ---- */

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* Blanks, line ends and all other control characters. */
static bool is_blank(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

static bool is_placeholder(const char *value)
{
    /* The last two are an ellipsis and a bullet. */
    static const char *const marks[] = {
        "...",  "YOUR_", "YOUR-", "your_",        "your-project",
        "****", "{{",    "${",    "\xe2\x80\xa6", "\xe2\x80\xa2",
    };
    const char *opened = strchr(value, '<');

    for (size_t i = 0; i < COUNT(marks); i++) {
        if (strstr(value, marks[i]))
            return true;
    }
    return value[0] == '$' || strncasecmp(value, "your-", 5) == 0 ||
           (opened && strchr(opened, '>'));
}

/* The pasted word in front of VALUE, as psql; NULL: none. */
static const char *word_in_front(const char *value)
{
    static const char *const words[] = {"psql", "redis-cli", "export", "curl",
                                        "Bearer"};

    for (size_t i = 0; i < COUNT(words); i++) {
        const size_t len = strlen(words[i]);

        if (strncasecmp(value, words[i], len) == 0 && is_blank(value[len]))
            return words[i];
    }
    return NULL;
}

static void check_pasted(struct config *config, const char *name,
                         const char *value)
{
    const char *word = word_in_front(value);
    const size_t name_len = strlen(name);
    const char *first = value;
    const char *end = value + strlen(value);

    while (end > first && is_blank(end[-1]))
        end--;
    while (first < end && is_blank(*first))
        first++;
    if (word)
        config_mistake(config, name,
                       "must be the value alone: take off the word %s in front "
                       "of it",
                       word);
    else if (strncmp(value, name, name_len) == 0 && value[name_len] == '=')
        config_mistake(config, name,
                       "must be the value alone: take off its own name and the "
                       "= in front of it");
    else if (first < end && (is_quote(*first) || is_quote(end[-1])))
        config_mistake(config, name, "must not be in quotes: take them off");
    else if (is_placeholder(value))
        config_mistake(config, name,
                       "holds a placeholder (as ..., YOUR_, <>, ${} or **** "
                       "are): put the real value there");
    else if (*end || first != value)
        config_mistake(config, name,
                       "must not contain blanks or control characters: take "
                       "off the blank or line end %s it",
                       *end ? "behind" : "in front of");
}

/* A secret goes into a header line and must not end it. */
static void check_secret(struct config *config, const char *name,
                         const char *value)
{
    for (; *value; value++) {
        if ((unsigned char)*value >= 0x80 || is_blank(*value)) {
            config_mistake(config, name,
                           "must not contain blanks or control characters, nor "
                           "letters outside ASCII");
            return;
        }
    }
}

void config_check_url(struct config *config, const char *name, const char *url)
{
    struct error err;

    if (!url_check(url, &err))
        config_mistake(config, name, "%s", err.text);
}

/* ---- looking up ---- */

const char *config_setting(char *const environment[], const char *name)
{
    const size_t len = strlen(name);

    for (; *environment; environment++) {
        const char *entry = *environment;

        if (strncmp(entry, name, len) == 0 && entry[len] == '=')
            return entry[len + 1] ? entry + len + 1 : NULL;
    }
    return NULL;
}

const char *config_used(struct config *config, char *const environment[],
                        const char *name)
{
    const char *value = config_setting(environment, name);

    if (value)
        check_pasted(config, name, value);
    return value;
}

const char *config_used_secret(struct config *config, char *const environment[],
                               const char *name)
{
    const char *value = config_used(config, environment, name);

    if (value)
        check_secret(config, name, value);
    return value;
}

/* VALUE, which is NAME's; NULL is a mistake. */
static const char *required(struct config *config, const char *name,
                            const char *value)
{
    if (!value)
        config_mistake(config, name, "is not set");
    return value;
}

const char *config_required(struct config *config, char *const environment[],
                            const char *name)
{
    return required(config, name, config_used(config, environment, name));
}

const char *config_required_secret(struct config *config,
                                   char *const environment[], const char *name)
{
    return required(config, name,
                    config_used_secret(config, environment, name));
}

bool config_begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* ---- names ---- */

/* Without PREFIX. */
static const char *const settings[] = {
    "SQL_URL",  "DATABASE_API",  "LEASE_S",       "KV_TIMEOUT_MS",
    "KV_TRIES", "DB_TIMEOUT_MS", "DENIED_STATUS", "PRECONNECT",
    "CA_FILE",  "PATH_PREFIX",   "CORS_ORIGINS",  "OPERATIONS",
    "SECRET",   "SECRET_2",
};

/* For the build from git, which shares its variables with the function. */
static const char *const build_settings[] = {"FROM", "RELEASES"};

static bool is_in(const char *const *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, names[i]))
            return true;
    }
    return false;
}

/* NAME, without PREFIX, is no setting; TEXT is the whole name. */
static void tell_unknown(struct config *config, struct slice name,
                         const char *text)
{
    const char *meant = nearest_word(name, settings, COUNT(settings));

    if (meant)
        config_mistake(config, text, "is no setting: do you mean " PREFIX "%s?",
                       meant);
    else
        config_mistake(config, text, "is no setting; README.md lists them");
}

static bool is_known(struct slice name)
{
    return is_in(settings, COUNT(settings), name) ||
           is_in(build_settings, COUNT(build_settings), name);
}

void config_check_names(struct config *config, char *const environment[])
{
    const size_t prefix_len = strlen(PREFIX);

    for (; *environment; environment++) {
        const char *entry = *environment;
        struct slice name = {entry + prefix_len, 0};
        char text[sizeof(PREFIX) + NAME_MAX_LEN];

        if (strncasecmp(entry, PREFIX, prefix_len) != 0)
            continue;
        name.len = strcspn(name.at, "=");
        if (!name.at[name.len] || !name.at[name.len + 1])
            continue;
        if (config_begins_with(entry, PREFIX) && is_known(name))
            continue;
        (void)snprintf(text, sizeof(text), "%.*s", (int)(prefix_len + name.len),
                       entry);
        tell_unknown(config, name, text);
    }
}
