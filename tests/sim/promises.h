/*
 * promises: what is promised, one function for each, true while it holds.  The
 * table in auditor.c says in words what each is and when it is looked at.
 */
#ifndef BOUNCER_SIM_PROMISES_H
#define BOUNCER_SIM_PROMISES_H

#include <stdbool.h>

#include "auditor.h"

struct attempt;
struct stand_in_sql_order;
struct world;

/* Whether ATTEMPT, which was told "sold out", has to know of ORDER. */
bool promises_must_know(const struct world *world,
                        const struct attempt *attempt,
                        const struct stand_in_sql_order *order);

/* Whether the store has the marker of ATTEMPT's key. */
bool promises_has_marker(struct world *world, const struct attempt *attempt);

bool promise_lock_has_an_end(const struct facts *f);
bool promise_release_is_of_ones_own(const struct facts *f);
bool promise_call_is_over_at_release(const struct facts *f);
bool promise_lease_covers_call(const struct facts *f);
bool promise_call_has_time(const struct facts *f);
bool promise_works_alone(const struct facts *f);
bool promise_fences_grow(const struct facts *f);
bool promise_holder_is_not_stale(const struct facts *f);
bool promise_stock_adds_up(const struct facts *f);
bool promise_key_buys_once(const struct facts *f);
bool promise_order_changes_as_it_may(const struct facts *f);
bool promise_what_is_left_is_sold(const struct facts *f);
bool promise_payment_is_told_true(const struct facts *f);
bool promise_opened_takes_sign_down(const struct facts *f);
bool promise_sale_is_an_order(const struct facts *f);
bool promise_order_is_sold_once(const struct facts *f);
bool promise_sold_out_is_true(const struct facts *f);
bool promise_name_is_kept(const struct facts *f);
bool promise_busy_means_somebody_else(const struct facts *f);
bool promise_refused_without_call(const struct facts *f);
bool promise_one_call_for_each(const struct facts *f);
bool promise_answer_is_in_time(const struct facts *f);
bool promise_says_when_to_return(const struct facts *f);
bool promise_leaves_no_lock(const struct facts *f);
bool promise_counter_is_raised(const struct facts *f);
bool promise_deadline_is_met(const struct facts *f);
bool promise_nothing_done_is_true(const struct facts *f);
bool promise_silence_is_heeded(const struct facts *f);
bool promise_sign_is_from_a_row(const struct facts *f);
bool promise_sign_is_in_time(const struct facts *f);
bool promise_sign_is_heeded(const struct facts *f);
bool promise_marker_comes_first(const struct facts *f);
bool promise_our_key_is_marked(const struct facts *f);
bool promise_permits_are_kept(const struct facts *f);
bool promise_replay_sells_nothing(const struct facts *f);
bool promise_order_is_remembered(const struct facts *f);
bool promise_sign_comes_down(const struct facts *f);
bool promise_nothing_is_left(const struct facts *f);
bool promise_everybody_is_told(const struct facts *f);
bool promise_told_what_is_true(const struct facts *f);

#endif
