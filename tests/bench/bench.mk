# Benchmarks, for the top-level Makefile to include.  The programs that ours is
# compared with are static and linked as ours is (SHIP_*).

BENCH := build/bench
comma := ,
BENCH_COMPILE = $(SHIP_COMPILE) -Itests/bench
BENCH_START := $(addprefix tests/bench/,start.c launch.c report.c sale.c \
    series.c table.c ask.c plain.c settings.c) lib/base/error.c
BENCH_HEADERS := $(wildcard tests/bench/*.h) lib/base/error.h

.PHONY: bench-start
bench-start: ## measure cold starts side by side (BENCH_RUNS=30)
	@deploy/packages build run node bench
	@$(MAKE) bootstrap $(B)/bootstrap $(B)/local-cloud \
	    $(BENCH)/floor $(BENCH)/handshakes $(BENCH)/start >&2
	@tests/bench/start.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) \
	    $(B)/bootstrap

BENCH_WARM := $(addprefix tests/bench/,bench.c warm.c warm_report.c load.c \
    load_report.c probe.c fleet.c freeze.c soak.c client.c subject.c invoke.c launch.c series.c \
    table.c ask.c plain.c settings.c plot.c) lib/base/error.c

.PHONY: bench
bench: ## measure warm requests side by side (BENCH_ROUNDS=40)
	@deploy/packages build run node bench
	@$(MAKE) bootstrap $(B)/bootstrap $(B)/local-cloud $(BENCH)/bare \
	    $(BENCH)/counted $(BENCH)/bench >&2
	@tests/bench/bench.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP)

.PHONY: bench-soak
bench-soak: ## have one instance serve SOAK_REQUESTS=1000000 requests and look at its memory
	@deploy/packages build run
	@$(MAKE) bootstrap $(B)/local-cloud $(BENCH)/bench >&2
	@tests/bench/bench.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) soak

$(BENCH)/bench: $(BENCH_WARM) $(BENCH_HEADERS)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(CC) $(filter-out -MMD -MP,$(ALL_CPPFLAGS)) -Itests/bench \
	    $(ALL_CFLAGS) -o $@ $(BENCH_WARM) -lm

# The function, with its own allocations counted and not those of libraries.
$(BENCH)/counted: $(FUNCTION_OBJECTS) $(LIB) tests/bench/count.c
	@echo "  LINK  $@"
	@mkdir -p $(@D)
	@cp function/operations.json $(@D)/
	@$(CC) $(ALL_LDFLAGS) -std=c17 -O2 -o $@ tests/bench/count.c \
	    $(FUNCTION_OBJECTS) $(LIB) $(addprefix -Wl$(comma)--wrap=,malloc \
	    calloc realloc strdup strndup) $(FUNCTION_LIBS)

$(BENCH)/start: $(BENCH_START) $(BENCH_HEADERS)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(CC) $(filter-out -MMD -MP,$(ALL_CPPFLAGS)) -Itests/bench \
	    $(ALL_CFLAGS) -o $@ $(BENCH_START)

$(BENCH)/floor: tests/bench/floor.c tests/bench/ask.c $(BENCH_HEADERS)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(BENCH_COMPILE) $(SHIP_LDFLAGS) -s -o $@ $(filter %.c,$^)

$(BENCH)/handshakes $(BENCH)/bare: $(BENCH)/%: tests/bench/%.c \
    tests/bench/ask.c $(BENCH_HEADERS) $(SHIP_DEPS)/libs
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(BENCH_COMPILE) $$(cat $(SHIP_DEPS)/cflags) $(SHIP_LDFLAGS) -s -o $@ \
	    $(filter %.c,$^) $$(cat $(SHIP_DEPS)/libs)
