/*
 * answer: every answer that the bouncer gives, in one table, and the two that
 * come from a row of the database.
 *
 * "This request did nothing" stands only in answers that are given where it is
 * certain; who calls answer() has to know.
 */
#ifndef BOUNCER_ANSWER_H
#define BOUNCER_ANSWER_H

#include "guard/request.h"

enum answer {
    /* Before the lock; the client must change the request. */
    ANSWER_TOO_MANY_HEADERS,   /* 431 */
    ANSWER_URI_TOO_LONG,       /* 414 */
    ANSWER_NOT_FOUND,          /* 404 */
    ANSWER_METHOD_NOT_ALLOWED, /* 405; the caller adds Allow */
    ANSWER_UNAUTHORIZED,       /* 401; the caller adds WWW-Authenticate */
    ANSWER_BODY_NO_TEXT,       /* 400 */
    ANSWER_BODY_ENCODED,       /* 415 */
    ANSWER_BODY_NOT_JSON,      /* 415 */
    ANSWER_BODY_TOO_LARGE,     /* 413 */
    ANSWER_BODY_MALFORMED,     /* 400; see answer_with */
    ANSWER_BODY_NO_OBJECT,     /* 400 */
    ANSWER_INVALID_INPUT,      /* 400; see answer_with */
    ANSWER_INVALID_KEY,        /* 400 */
    ANSWER_INTERNAL,           /* 500: no memory, or no random bytes */
    /* Nothing was done; asking again may help. */
    ANSWER_BUSY,                 /* 409 or 429: somebody else has the lock */
    ANSWER_LOCK_NAME,            /* 503: no name can be made of the input */
    ANSWER_LOCK_REFUSED,         /* 503: the store rejects us */
    ANSWER_LOCK_UNKNOWN,         /* 503: the store gives no clear answer */
    ANSWER_NO_TIME,              /* 503; see answer_no_time */
    ANSWER_DATABASE_UNAVAILABLE, /* 503 */
    ANSWER_STALE,                /* 503: a newer fence is known */
    /* Nothing was done; asking again does not help. */
    ANSWER_DATABASE_ERROR, /* 500 */
    ANSWER_KEY_REUSED,     /* 422 */
    /* Maybe it was done. */
    ANSWER_MAYBE_DONE, /* 504 */
};

/*
 * Answer REQUEST, and note the word for its log line in its `outcome`.  Where
 * asking again may help, Retry-After (1 to 3 seconds) and the member
 * retry_after_ms (200 to 1,200) are random, so that clients that were refused
 * together do not come back together.
 */
void answer(struct request *request, enum answer which);

/*
 * The same with DETAIL in place of the table's, and with the member `errors`;
 * each may be NULL.
 */
void answer_with(struct request *request, enum answer which, const char *detail,
                 const struct json *errors);

/*
 * Answer that what is left of the lease or of the platform's deadline is less
 * than the database's timeout, and log it.
 */
void answer_no_time(struct request *request);

/*
 * Answer REQUEST by OUTCOME and its row: a success with the row's members, any
 * other with a problem document that has them as extension members (RFC 9457,
 * section 3.2).  Those that are meant for the bouncer are left out.
 */
void answer_row(struct request *request,
                const struct operation_outcome *outcome);

/* Answer REQUEST, whose lock has a sign, by that sign's outcome. */
void answer_sign(struct request *request);

/* Answer with the instance's health report: 200, or 503 and what is wrong. */
void answer_health(struct request *request);

/* Answer that the function runs: 200. */
void answer_live(struct request *request);

#endif
