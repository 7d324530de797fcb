/*
 * The wire's JSON loses its punctuation, and a token becomes whose it is.
 */
#include <stdarg.h>
#include <string.h>

#include "world.h"

/* What stands for something longer; "" for nothing. */
static const struct {
    const char *wire, *words;
} shorter[] = {
    {"],[", "; "},
    {"},{", "; "},
    {"\"result\":", ""},
    {"\"rows\":", ""},
    {"\"answer\":", ""},
    {"\"if redis.call('get',KEYS[1])==ARGV[1] then return "
     "redis.call('del',KEYS[1]) else return 0 end\"",
     "(delete if equal)"},
};

/* How much of TEXT the next WORDS stand for; NULL: a byte for itself. */
static size_t translate(const char *text, const char **words)
{
    for (size_t i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++) {
        const size_t len = strlen(shorter[i].wire);

        *words = shorter[i].words;
        if (strncmp(text, shorter[i].wire, len) == 0)
            return len;
    }
    *words = NULL;
    if (strchr("[]{}\"", *text))
        *words = "";
    else if (text[0] == ',' && text[1] != ' ')
        *words = " ";
    return 1;
}

/* The length of a token at TEXT and its OWNER; 0: there is none. */
static size_t find_token(struct world *world, const char *text,
                         const struct attempt **owner)
{
    char token[33] = "";

    if (strspn(text, "0123456789abcdef") == 32)
        memcpy(token, text, 32);
    *owner = world_owner(world, token);
    return *owner ? 32 : 0;
}

static void write_words(struct world *world, const char *text)
{
    FILE *out = world->setting.story;

    while (*text) {
        const struct attempt *owner;
        const char *words;
        size_t len = find_token(world, text, &owner);

        if (owner) {
            (void)fprintf(out, "<token of buyer %d, attempt %d>",
                          owner->buyer->number, owner->number);
        } else {
            len = translate(text, &words);
            if (words)
                (void)fputs(words, out);
            else
                (void)fputc(*text, out);
        }
        text += len;
    }
}

void world_tell(struct world *world, const char *format, ...)
{
    char text[2048];
    va_list arguments;

    if (!world->setting.story)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)fprintf(world->setting.story, "%9.3f s  ",
                  (double)world->timeline.now_us / 1e6);
    write_words(world, text);
    (void)fputc('\n', world->setting.story);
}
