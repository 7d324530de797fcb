/*
 * fiber: a function on a stack of its own, which pauses and is resumed by hand
 * (ucontext(3)); the scheduler that hides behind the seams of lib/.
 *
 *     fiber_init(&fiber);
 *     fiber_start(&fiber, run, state);     runs until its first pause
 *     fiber_resume(&fiber);                goes on where it paused
 *     fiber_release(&fiber);
 *
 * A fiber that is not over holds what its function holds; let it end first.
 */
#ifndef BOUNCER_SIM_FIBER_H
#define BOUNCER_SIM_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

struct fiber {
    ucontext_t here, outside;
    char *memory; /* a page that cannot be touched, and the stack above it */
    bool over;    /* its function has returned, or was never started */
    void (*run)(void *state);
    void *state;
    /* For AddressSanitizer: the stack that is left and comes next. */
    void *fake_stack;
    const void *outside_stack;
    size_t outside_bytes;
};

void fiber_init(struct fiber *fiber);
void fiber_release(struct fiber *fiber);

/* Run RUN(STATE) until it pauses or ends. */
void fiber_start(struct fiber *fiber, void (*run)(void *state), void *state);

/* Go on until it pauses again or ends. */
void fiber_resume(struct fiber *fiber);

/* Called on the fiber itself: return to who resumed it. */
void fiber_pause(struct fiber *fiber);

#endif
