/*
 * makecontext passes ints only, so the fiber that starts is left in a variable.
 * AddressSanitizer is told of each change of the stack.
 */
#include "fiber.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(save, bottom, size) ((void)0)
#define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)0)
#endif

#define GUARD_BYTES (64UL * 1024)
#define STACK_BYTES (512UL * 1024)

static struct fiber *starting;

void fiber_init(struct fiber *fiber)
{
    char *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || mprotect(memory, GUARD_BYTES, PROT_NONE) != 0)
        abort();
    *fiber = (struct fiber){.memory = memory, .over = true};
}

void fiber_release(struct fiber *fiber)
{
    if (fiber->memory)
        (void)munmap(fiber->memory, GUARD_BYTES + STACK_BYTES);
    *fiber = (struct fiber){.over = true};
}

static void enter(void)
{
    struct fiber *fiber = starting;

    __sanitizer_finish_switch_fiber(NULL, &fiber->outside_stack,
                                    &fiber->outside_bytes);
    fiber->run(fiber->state);
    fiber->over = true;
    __sanitizer_start_switch_fiber(NULL, fiber->outside_stack,
                                   fiber->outside_bytes);
}

void fiber_resume(struct fiber *fiber)
{
    void *fake_stack = NULL;

    (void)fake_stack;
    __sanitizer_start_switch_fiber(&fake_stack, fiber->memory + GUARD_BYTES,
                                   STACK_BYTES);
    if (swapcontext(&fiber->outside, &fiber->here) != 0)
        abort();
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
}

void fiber_pause(struct fiber *fiber)
{
    __sanitizer_start_switch_fiber(&fiber->fake_stack, fiber->outside_stack,
                                   fiber->outside_bytes);
    if (swapcontext(&fiber->here, &fiber->outside) != 0)
        abort();
    __sanitizer_finish_switch_fiber(fiber->fake_stack, &fiber->outside_stack,
                                    &fiber->outside_bytes);
}

void fiber_start(struct fiber *fiber, void (*run)(void *state), void *state)
{
    fiber->run = run;
    fiber->state = state;
    fiber->over = false;
    if (getcontext(&fiber->here) != 0)
        abort();
    fiber->here.uc_stack.ss_sp = fiber->memory + GUARD_BYTES;
    fiber->here.uc_stack.ss_size = STACK_BYTES;
    fiber->here.uc_link = &fiber->outside;
    makecontext(&fiber->here, enter, 0);
    starting = fiber;
    fiber_resume(fiber);
}
