# Black Friday, for the top-level Makefile to include: see README.md here.
# The naive function is static and linked as ours is (SHIP_*).

BUYERS ?= 10000
INSTANCES ?= 1000
TICKETS ?= 1

FRIDAY := build/black-friday
FRIDAY_OBJECTS := $(call objects,$(wildcard tests/black_friday/*.c))
FRIDAY_NAIVE := $(filter-out function/routes.c,$(SHIP_SOURCES)) \
    tests/naive/routes.c

.PHONY: black-friday
black-friday: ## let BUYERS=10000 buy TICKETS=1 from INSTANCES=1000 at one moment
	@deploy/packages build run draw
	@$(MAKE) bootstrap $(B)/local-cloud $(B)/black-friday $(FRIDAY)/naive >&2
	@rm -f $(FRIDAY)/black-friday.svg build/black-friday.svg \
	    build/black-friday.png; status=0; \
	$(B)/black-friday $(B)/local-cloud $(SHIP_BOOTSTRAP) $(FRIDAY)/naive \
	    $(FRIDAY) $(BUYERS) $(INSTANCES) $(TICKETS) || status=$$?; \
	[ ! -e $(FRIDAY)/black-friday.svg ] || { \
	    cp $(FRIDAY)/black-friday.svg build/ && \
	    rsvg-convert --zoom 2 --output build/black-friday.png \
	        build/black-friday.svg && \
	    echo "drawn: build/black-friday.svg, build/black-friday.png"; } || { \
	    echo "black-friday: the picture could not be drawn" >&2; \
	    rm -f build/black-friday.png; \
	    [ $$status != 0 ] || status=3; }; \
	exit $$status

$(B)/black-friday: $(FRIDAY_OBJECTS) $(LIB)
	$(call link,-lpq $(FUNCTION_LIBS))

CPPFLAGS_friday := -I/usr/include/postgresql
$(eval $(call compile,friday,$(FRIDAY_OBJECTS)))

-include $(FRIDAY_OBJECTS:.o=.d)

$(FRIDAY)/naive: $(FRIDAY_NAIVE) $(wildcard lib/*/*.h function/*.h) \
    $(SHIP_DEPS)/libs
	@echo "  CC    $@"
	@mkdir -p $(@D)
	@$(SHIP_COMPILE) $$(cat $(SHIP_DEPS)/cflags) $(SHIP_LDFLAGS) -s -o $@ \
	    $(filter %.c,$^) $$(cat $(SHIP_DEPS)/libs)
