#include "platform/utf8.h"

#include "base/utf8.h"

bool utf8_is_text(struct slice bytes)
{
    size_t step;

    for (size_t i = 0; i < bytes.len; i += step) {
        step = utf8_sequence(bytes.at + i, bytes.len - i);
        if (step == 0 || bytes.at[i] == '\0')
            return false;
    }
    return true;
}
