/* The table alone, with times given by hand. */
#include "guard/lock_memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A time since boot. */
#define NOW 1000000

Test(lock_memory, a_name_is_crowded_for_three_seconds_after_a_refusal)
{
    struct lock_memory memory = {0};

    cr_expect(!lock_memory_is_crowded(&memory, "a:1", NOW));
    lock_memory_refuse(&memory, "a:1", NOW);
    cr_expect(lock_memory_is_crowded(&memory, "a:1", NOW));
    cr_expect(lock_memory_is_crowded(&memory, "a:1", NOW + 2999));
    cr_expect(!lock_memory_is_crowded(&memory, "a:1", NOW + 3000));
    cr_expect(!lock_memory_is_crowded(&memory, "a:10", NOW));
    lock_memory_refuse(&memory, "a:1", NOW + 5000);
    cr_expect(lock_memory_is_crowded(&memory, "a:1", NOW + 7999));
}

Test(lock_memory, a_sign_is_remembered_for_one_second_and_is_a_refusal)
{
    struct lock_memory memory = {0};

    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW), "");
    lock_memory_sign(&memory, "a:1", "sold_out", NOW);
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW), "sold_out");
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW + 999),
                     "sold_out");
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW + 1000), "");
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:2", NOW), "");
    cr_expect(lock_memory_is_crowded(&memory, "a:1", NOW + 2999));
}

Test(lock_memory, a_refusal_does_not_make_a_sign_last_longer)
{
    struct lock_memory memory = {0};

    lock_memory_sign(&memory, "a:1", "sold_out", NOW);
    lock_memory_refuse(&memory, "a:1", NOW + 900);
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW + 999),
                     "sold_out");
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW + 1000), "");
}

Test(lock_memory, a_sign_that_was_taken_down_is_none)
{
    struct lock_memory memory = {0};

    lock_memory_sign(&memory, "a:1", "sold_out", NOW);
    lock_memory_sign(&memory, "a:1", "", NOW + 1);
    cr_expect_str_eq(lock_memory_find_sign(&memory, "a:1", NOW + 1), "");
}

/* Refuse as many names as there is room for: "n:0" at NOW, and so on. */
static void fill(struct lock_memory *memory)
{
    for (int i = 0; i < LOCK_MEMORY_NAMES; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "n:%d", i);
        lock_memory_refuse(memory, name, NOW + i);
    }
}

Test(lock_memory, the_name_that_was_refused_longest_ago_makes_room)
{
    struct lock_memory memory = {0};

    fill(&memory);
    cr_expect(lock_memory_is_crowded(&memory, "n:0", NOW + 100));
    lock_memory_refuse(&memory, "n:0", NOW + 100);
    lock_memory_refuse(&memory, "new", NOW + 101);
    cr_expect(lock_memory_is_crowded(&memory, "new", NOW + 101));
    cr_expect(lock_memory_is_crowded(&memory, "n:0", NOW + 101));
    cr_expect(!lock_memory_is_crowded(&memory, "n:1", NOW + 101));
    cr_expect(lock_memory_is_crowded(&memory, "n:2", NOW + 101));
}

Test(lock_memory, a_name_takes_over_no_sign_with_its_room)
{
    struct lock_memory memory = {0};

    lock_memory_sign(&memory, "old", "sold_out", NOW - 1);
    fill(&memory);
    cr_expect_str_eq(lock_memory_find_sign(&memory, "old", NOW), "");
    for (int i = 0; i < LOCK_MEMORY_NAMES; i++)
        cr_expect_str_eq(memory.names[i].sign, "");
}
