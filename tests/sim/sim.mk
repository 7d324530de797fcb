# The simulation, for the top-level Makefile to include: see README.md here.

SEED ?= 1
HISTORIES ?= 10000

SIM_OBJECTS := $(call objects,$(wildcard tests/sim/*.c))
SIM_MUTANTS := $(basename $(notdir $(wildcard tests/sim/mutants/*.sed)))

# All of it, or where a seed or a number is given, only histories.
SIM_ALL := $(filter filefile,$(origin SEED)$(origin HISTORIES))

.PHONY: sim
sim: ## play histories from a seed and find every mutant; only play HISTORIES=n from SEED=n
	@deploy/packages build
	@$(MAKE) $(B)/sim $(if $(SIM_ALL),$(SIM_MUTANTS:%=$(B)/mutants/%/sim))
	@$(TEST_ENV) $(if $(SIM_ALL),tests/sim/run $(B) $(SEED) $(HISTORIES) \
	    $(SIM_MUTANTS),$(B)/sim --seed $(SEED) --histories $(HISTORIES))

$(B)/sim: $(SIM_OBJECTS) $(LIB)
	$(call link,$(FUNCTION_LIBS))

CHECK_ROUNDS ?= 500
.PHONY: sim-check
sim-check: ## hold the simulation's stand-ins against a real Redis and PostgreSQL
	@deploy/packages build run
	@$(MAKE) $(B)/sim-check $(B)/local-cloud $(BOOTSTRAP)
	@$(TEST_ENV) tests/sim/check/run $(B) $(BOOTSTRAP) $(SEED) $(CHECK_ROUNDS)

SIM_CHECK_OBJECTS := $(call objects,$(wildcard tests/sim/check/*.c))
$(B)/sim-check: $(SIM_CHECK_OBJECTS) $(LIB) $(addprefix $(B)/tests/sim/, \
    dice.o stand_in_kv.o stand_in_kv_keys.o stand_in_sql.o \
    stand_in_sql_orders.o stand_in_sql_changes.o)
	$(call link,$(FUNCTION_LIBS))

CPPFLAGS_sim := -Itests/sim
$(eval $(call compile,sim,$(SIM_OBJECTS) $(SIM_CHECK_OBJECTS)))

# A mutant is the simulation with one source of lib/ patched: the one that the
# first line of its sed script names.
define sim_mutant
$(B)/mutants/$(1)/sim: tests/sim/mutants/$(1).sed $(2) $(SIM_OBJECTS) $(LIB)
	@echo "  MUT   $(1)"
	@mkdir -p $$(@D)
	@sed -f $$< $(2) >$$(@D)/mutant.c
	@! cmp -s $(2) $$(@D)/mutant.c || { echo "$(1) changes nothing" >&2; exit 1; }
	@$$(CC) $$(filter-out -MMD -MP,$$(ALL_CPPFLAGS)) $$(ALL_CFLAGS) -Wno-unused -c -o $$(@D)/mutant.o $$(@D)/mutant.c
	@$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(SIM_OBJECTS) $$(@D)/mutant.o $$(LIB) $$(FUNCTION_LIBS) $$(LDLIBS)
endef
$(foreach mutant,$(SIM_MUTANTS),$(eval $(call sim_mutant,$(mutant),$(shell \
    sed -n '1s/^# //p' tests/sim/mutants/$(mutant).sed))))

-include $(SIM_OBJECTS:.o=.d) $(SIM_CHECK_OBJECTS:.o=.d)
