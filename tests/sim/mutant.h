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
    MUTANT_REPLAY_HOLDS,
    MUTANT_CANCELLED_KEY_BUYS,
    MUTANT_SOLD_OUT_WHILE_HELD,
    MUTANT_HELD_OUT_HANGS_ON,
    MUTANT_LAPSE_IGNORED,
    MUTANT_LAPSE_TWICE,
    MUTANT_LAPSED_TAKES_NONE,
    MUTANT_LAPSED_TAKEN_TWICE,
    MUTANT_REFUND_NOT_FINAL,
    MUTANT_PAID_TWICE,
    MUTANT_NAMELESS_IS_UNPAID,
    MUTANT_CANCELS_TWICE,
    MUTANTS,
};

/* The mutant called NAME; MUTANTS if there is none. */
enum mutant mutant_find(const char *name);

#endif
