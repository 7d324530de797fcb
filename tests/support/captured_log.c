#include "captured_log.h"

#include <stdlib.h>
#include <string.h>

static void capture(void *state, const char *line, size_t len)
{
    struct captured_log *captured = state;

    if (!buffer_append(&captured->text, line, len))
        abort();
}

void captured_log_init(struct captured_log *captured, const struct clock *clock)
{
    buffer_init(&captured->text, 1024 * 1024);
    log_init_fd(&captured->log, -1, clock);
    captured->log.write = capture;
    captured->log.state = captured;
}

void captured_log_release(struct captured_log *captured)
{
    log_release(&captured->log);
    buffer_release(&captured->text);
}

bool captured_log_has(const struct captured_log *captured, const char *words)
{
    return captured->text.data && strstr(captured->text.data, words);
}
