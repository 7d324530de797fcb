/*
 * api: the platform's Runtime API, which gives an instance its events and takes
 * its answers.
 */
#ifndef BOUNCER_SIM_API_H
#define BOUNCER_SIM_API_H

#include "wire/transport.h"

/* A transport's exchange; STATE is the machine, on its own fiber. */
enum transport_result api_exchange(void *state,
                                   const struct transport_request *req,
                                   struct transport_response *response,
                                   struct error *err);

#endif
