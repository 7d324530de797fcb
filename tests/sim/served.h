/*
 * served: an HTTP answer of a stand-in.
 */
#ifndef BOUNCER_SIM_SERVED_H
#define BOUNCER_SIM_SERVED_H

#include "base/buffer.h"

struct served {
    int status; /* 0: none yet */
    struct buffer body;
};

#endif
