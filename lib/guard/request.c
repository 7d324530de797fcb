/*
 * A new request overwrites the old one but for the buffers, whose memory is
 * kept.  Both deadlines are counted once, here, from the platform's.
 */
#include "guard/request.h"

/* Reserved before the platform's deadline: for posting the answer... */
#define ANSWER_RESERVE_MS 100

/* ...and after it, for the log line and the way back to the platform. */
#define FINISH_RESERVE_MS 20

void request_init(struct request *request, struct instance *instance)
{
    *request = (struct request){.instance = instance};
    buffer_init(&request->lock_name, LOCK_NAME_MAX - 1);
}

void request_release(struct request *request)
{
    buffer_release(&request->lock_name);
    fields_release(&request->fields);
    database_answer_release(&request->answer);
}

void request_clear(struct request *request)
{
    fields_clear(&request->fields);
    database_answer_clear(&request->answer);
    request->row = NULL;
}

static int64_t earlier(int64_t deadline_ms, int64_t reserve_ms)
{
    return deadline_ms == RUNTIME_NO_DEADLINE ? INT64_MAX
                                              : deadline_ms - reserve_ms;
}

void request_begin(struct request *request,
                   const struct runtime_invocation *invocation,
                   const struct message_request *message,
                   struct message_response *response)
{
    const int64_t deadline_ms = invocation->deadline_ms;

    request_clear(request);
    buffer_clear(&request->lock_name);
    *request = (struct request){
        .instance = request->instance,
        .invocation = invocation,
        .message = message,
        .response = response,
        .answer_by_ms = earlier(deadline_ms, ANSWER_RESERVE_MS),
        .finish_by_ms = earlier(deadline_ms, FINISH_RESERVE_MS),
        .fields = request->fields,
        .answer = request->answer,
        .lock_name = request->lock_name,
        .lock_us = -1,
        .database_us = -1,
    };
    trace_read(&request->trace, message);
}

int64_t request_left_ms(const struct request *request)
{
    return request->answer_by_ms -
           clock_boottime_ms(request->instance->options.clock);
}

void request_tell(const struct request *request, const char *level,
                  const char *event, const char *detail)
{
    log_event(request->instance->options.log, level, event, detail);
}
