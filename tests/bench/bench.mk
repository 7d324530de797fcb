# Benchmarks, for the top-level Makefile to include.  The programs that ours is
# compared with are static and linked as ours is (SHIP_*).

BENCH := build/bench
# What bench.sh is to do; nothing: all.
BENCH_PART := warm
comma := ,
BENCH_COMPILE = $(SHIP_COMPILE) -Itests/bench -Itests/support
bench_objects = $(call objects,$(1:%=tests/bench/%.c)) $(DRIVER_OBJECTS) $(LIB)
BENCH_START := start launch report sale table environment
BENCH_WARM := bench warm warm_report load load_report probe fleet freeze soak \
    client subject invoke launch table doors environment
BENCH_DROP := drop table
BENCH_OBJECTS := $(call objects,$(patsubst %,tests/bench/%.c,$(sort \
    $(BENCH_START) $(BENCH_WARM) $(BENCH_DROP))))

CPPFLAGS_bench := -Itests/support
$(eval $(call compile,bench,$(BENCH_OBJECTS)))

-include $(BENCH_OBJECTS:.o=.d)

.PHONY: bench-start
bench-start: ## measure cold starts side by side (BENCH_RUNS=30)
	@deploy/packages build run node bench
	@$(MAKE) bootstrap $(B)/bootstrap $(B)/local-cloud \
	    $(BENCH)/floor $(BENCH)/handshakes $(BENCH)/go-sale $(BENCH)/start >&2
	@tests/bench/start.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) \
	    $(B)/bootstrap

.PHONY: bench bench-warm
bench: ## measure warm requests side by side (BENCH_ROUNDS=40), and a drop
	@$(MAKE) bench-warm BENCH_PART=
	@$(MAKE) bench-drop
bench-warm: ## measure warm requests of single instances alone
	@deploy/packages build run node bench
	@$(MAKE) bootstrap $(B)/bootstrap $(B)/local-cloud $(BENCH)/bare \
	    $(BENCH)/counted $(BENCH)/go-sale $(BENCH)/bench >&2
	@tests/bench/bench.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) $(BENCH_PART)

.PHONY: bench-drop
bench-drop: ## sell 200 tickets to 1,000 buyers, with the bouncer and without
	@deploy/packages build run
	@$(MAKE) bootstrap $(B)/local-cloud $(BENCH)/drop >&2
	@tests/bench/drop.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP)

.PHONY: bench-soak
bench-soak: ## have one instance serve SOAK_REQUESTS=1000000 requests and look at its memory
	@deploy/packages build run
	@$(MAKE) bootstrap $(B)/local-cloud $(BENCH)/bench >&2
	@tests/bench/bench.sh $(BENCH) $(B)/local-cloud $(SHIP_BOOTSTRAP) soak

$(BENCH)/bench: $(call bench_objects,$(BENCH_WARM))
	@mkdir -p $(@D)
	$(call link,$(FUNCTION_LIBS))

$(BENCH)/start: $(call bench_objects,$(BENCH_START))
	@mkdir -p $(@D)
	$(call link,$(FUNCTION_LIBS))

$(BENCH)/drop: $(call bench_objects,$(BENCH_DROP))
	@mkdir -p $(@D)
	$(call link,$(FUNCTION_LIBS))

# The function, with its own allocations counted and not those of libraries.
$(BENCH)/counted: $(FUNCTION_OBJECTS) $(LIB) tests/bench/count.c
	@echo "  LINK  $@"
	@mkdir -p $(@D)
	@cp function/operations.json $(@D)/
	@$(CC) $(ALL_LDFLAGS) -std=c17 -O2 -o $@ tests/bench/count.c \
	    $(FUNCTION_OBJECTS) $(LIB) $(addprefix -Wl$(comma)--wrap=,malloc \
	    calloc realloc strdup strndup) $(FUNCTION_LIBS)

# The sale in Go, under both its names.  GOFLAGS and the like of whoever builds are not ours.
$(BENCH)/go-sale: tests/bench/go/main.go
	@echo "  GO    $@"
	@mkdir -p $(@D)
	@GOFLAGS= GOCACHE=$(CURDIR)/$(BENCH)/go-cache CGO_ENABLED=0 go build \
	    -trimpath -ldflags='-s -w' -o $@ $<
	@ln -sf $(@F) $(@D)/go-client

BENCH_BARE := tests/support/loopback.c tests/support/loopback.h \
    tests/bench/next.h $(SHIP_DEPS)/libs

$(BENCH)/floor $(BENCH)/handshakes $(BENCH)/bare: $(BENCH)/%: \
    tests/bench/%.c $(BENCH_BARE)
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(BENCH_COMPILE) $$(cat $(SHIP_DEPS)/cflags) $(SHIP_LDFLAGS) -s -o $@ \
	    $(filter %.c,$^) $$(cat $(SHIP_DEPS)/libs)
