/*
 * mutant: safety nets that are cut in a stand-in or on the wire.  Those that
 * are cut in lib/ are patches of its sources: see mutants/.
 */
#ifndef BOUNCER_SIM_MUTANT_H
#define BOUNCER_SIM_MUTANT_H

enum mutant {
    MUTANT_NONE = 0,
    MUTANT_RELEASE_IS_DEL,
    MUTANT_NX_IGNORED,
    MUTANT_NO_FENCE_CHECK,
    MUTANT_FENCE_BEFORE_REPLAY,
    MUTANT_NO_REPLAY,
    MUTANT_SELLS_ON,
    MUTANT_NAME_TAKEN_OVER,
    MUTANT_REPLAY_SELLS,
    MUTANT_SHARED_FENCES,
    MUTANTS,
};

/* The mutant called NAME; MUTANTS if there is none. */
enum mutant mutant_find(const char *name);

#endif
