# Benchmarks, for the top-level Makefile to include.  The programs that ours is
# compared with are static and linked as ours is (SHIP_*).

BENCH := build/bench
BENCH_COMPILE = $(SHIP_COMPILE) -Itests/bench
BENCH_START := $(addprefix tests/bench/,start.c launch.c report.c sale.c \
    series.c ask.c) lib/error.c
BENCH_HEADERS := $(wildcard tests/bench/*.h) lib/error.h

.PHONY: bench-start
bench-start: ## measure cold starts side by side (BENCH_RUNS=30)
	@deploy/packages build run
	@$(MAKE) bootstrap $(B)/bootstrap $(B)/local-cloud \
	    $(BENCH)/floor $(BENCH)/handshakes $(BENCH)/start >&2
	@tests/bench/start.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) \
	    $(B)/bootstrap

$(BENCH)/start: $(BENCH_START) $(BENCH_HEADERS)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(CC) $(filter-out -MMD -MP,$(ALL_CPPFLAGS)) -Itests/bench \
	    $(ALL_CFLAGS) -o $@ $(BENCH_START)

$(BENCH)/floor: tests/bench/floor.c tests/bench/ask.c $(BENCH_HEADERS)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(BENCH_COMPILE) $(SHIP_LDFLAGS) -s -o $@ $(filter %.c,$^)

$(BENCH)/handshakes: tests/bench/handshakes.c tests/bench/ask.c \
    $(BENCH_HEADERS) $(SHIP_DEPS)/libs
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(BENCH_COMPILE) $$(cat $(SHIP_DEPS)/cflags) $(SHIP_LDFLAGS) -s -o $@ \
	    $(filter %.c,$^) $$(cat $(SHIP_DEPS)/libs)
