/*
 * page: the page that a deployment shows at `/`, with the files and header
 * fields of deploy/vercel.
 */
#ifndef BOUNCER_LOCAL_PAGE_H
#define BOUNCER_LOCAL_PAGE_H

#include <stdbool.h>

struct evhttp_request;

/*
 * Answer a GET or HEAD of the page or a part of it by its file, which is looked
 * for below the working directory.  False, and nothing was done, for any other
 * request, and where the file is missing.
 */
__attribute__((warn_unused_result)) bool
page_show(struct evhttp_request *request);

#endif
