/*
 * Wrong operations files, each with the exact lines that it gives: what is
 * missing, unknown, of a wrong type, or there twice.
 */
#include <criterion/criterion.h>

#include "count.h"
#include "operation_file.h"

#define OUTCOMES(list)                                                         \
    FILE_OF("'method':'POST','path':'/x','call':'f','outcomes':{" list "}")

static const struct wrong_file wrong_files[] = {
    /* ---- the file ---- */
    {"", "operations.json: empty"},
    {"{'operations':", "operations.json: line 1: not valid JSON"},
    {"{\n'operations': [\n{'path':'\\n\\n'}\n{}]}",
     "operations.json: line 4: not valid JSON"},
    {"{'operations':1,\n'operations':2}",
     "operations.json: line 2: key \"operations\" is given twice"},
    {"[]", "operations.json: must be an object"},
    {"{}", "operations: must be an array of 1 to 64 operations"},
    {"{'operations':[]}", "operations: must be an array of 1 to 64 operations"},
    {"{'operations':{}}", "operations: must be an array of 1 to 64 operations"},
    {"{'version':1,'operations':[{" POST "}]}", "version: is not known here"},
    {"{'operations':[7,{" POST "},null]}", ": must be an object\n"
                                           "operations[2]: must be an object"},

    /* ---- an operation ---- */
    {FILE_OF(""),
     ".method: is required\n"
     ".path: is required\n"
     ".call: is required\n"
     ".outcomes: is required and must be an object with 1 to 32 outcomes"},
    {FILE_OF(POST ",'lokc':{},'Idempotent':true,'x':1"),
     ".lokc: is not known here; do you mean lock?\n"
     ".Idempotent: is not known here; do you mean idempotent?\n"
     ".x: is not known here"},
    {FILE_OF("'method':'HEAD','path':'/x'," CALL),
     ".method: must be GET, POST, PUT, PATCH or DELETE"},
    {FILE_OF("'method':'post','path':'/x'," CALL),
     ".method: must be GET, POST, PUT, PATCH or DELETE"},
    {FILE_OF("'method':'POST','path':'/x','outcomes':{'ok':{'status':200}},"
             "'call':'drop table'"),
     ".call: must be the name of an SQL function: 1 to 63 of a-z 0-9 _, not "
     "with a digit first"},
    {FILE_OF("'method':'POST','path':'/x','outcomes':{'ok':{'status':200}},"
             "'call':'1f'"),
     ".call: must be the name of an SQL function: 1 to 63 of a-z 0-9 _, not "
     "with a digit first"},
    {FILE_OF(POST ",'description':['a']"), ".description: must be a text"},
    {FILE_OF(POST ",'idempotent':'yes'"), ".idempotent: must be true or false"},
    {FILE_OF("'method':'GET','path':'/x','idempotent':true,'call':'f',"
             "'outcomes':{'replayed':{'status':200}}"),
     ".idempotent: is not for GET"},

    /* ---- callers, caches and the log ---- */
    {"{'callers':'Secret','operations':[{" POST "}]}",
     "callers: must be secret or anyone"},
    {"{'caller':'secret','operations':[{" POST ",'callers':7}]}",
     "caller: is not known here; do you mean callers?\n"
     "operations[0].callers: must be a text"},
    {FILE_OF(POST ",'callers':'none'"), ".callers: must be secret or anyone"},
    {FILE_OF(POST ",'callers':true"), ".callers: must be a text"},
    {FILE_OF(POST ",'cache_control':'no-cache'"), ".cache_control: is for GET"},
    {FILE_OF("'method':'GET','path':'/x'," CALL ",'cache_control':''"),
     ".cache_control: must be a text"},
    {FILE_OF("'method':'GET','path':'/x'," CALL
             ",'cache_control':'public\\nx: y'"),
     ".cache_control: must be at most 200 characters of ASCII"},
    {FILE_OF("'method':'GET','path':'/x'," CALL ",'cache_control':'\u00fc'"),
     ".cache_control: must be at most 200 characters of ASCII"},
    {FILE_OF(POST ",'log':'product_id'"),
     ".log: must be an array of at most 8 names"},
    {FILE_OF(POST ",'log':{'a':'b'}"),
     ".log: must be an array of at most 8 names"},
    {FILE_OF(POST ",'log':['Order','key','a','idempotency_key','a',7]"),
     ".log: must hold names of 1 to 63 of a-z 0-9 _ only\n"
     ".log: key is the bouncer's own\n"
     ".log: idempotency_key is the bouncer's own\n"
     ".log: a is there twice\n"
     ".log: must hold names of 1 to 63 of a-z 0-9 _ only"},

    /* ---- the path ---- */
    {FILE_OF("'method':'GET','path':'x'," CALL), ".path: must begin with /"},
    {FILE_OF("'method':'GET','path':'/'," CALL),
     ".path: has an empty segment, or a slash at its end"},
    {FILE_OF("'method':'GET','path':'/x/'," CALL),
     ".path: has an empty segment, or a slash at its end"},
    {FILE_OF("'method':'GET','path':'a//b c/{x}/..'," CALL),
     ".path: must begin with /\n"
     ".path: has an empty segment, or a slash at its end\n"
     ".path: b c is no segment: write A-Z a-z 0-9 - . _ ~, or one whole {"
     "property}\n"
     ".path: {x} is no property of input\n"
     ".path: .. is no segment: write A-Z a-z 0-9 - . _ ~, or one whole {"
     "property}"},
    {FILE_OF("'method':'GET','path':'/seat-{id}/{id}/{id}'," CALL
             ",'input':{'properties':{'id':{'type':'integer'}}}"),
     ".path: seat-{id} is no segment: write A-Z a-z 0-9 - . _ ~, or one whole "
     "{property}\n"
     ".path: {id} is there twice"},
    {FILE_OF("'method':'GET','path':'/api/health'," CALL),
     ".path: is the bouncer's own; choose another"},
    {FILE_OF("'method':'GET','path':'/api/live'," CALL),
     ".path: is the bouncer's own; choose another"},
    {"{'operations':[{" POST "},{'method':'GET','path':'/x'," CALL "},{" POST
     "}]}",
     "operations[2].path: is served by operations[0] already"},
    {"{'operations':[{'method':'GET','path':'/x/{a}'," CALL
     ",'input':{'properties':{'a':{'type':'string'}}}},{"
     "'method':'GET','path':'/x/{b}'," CALL
     ",'input':{'properties':{'b':{'type':'string'}}}}]}",
     "operations[1].path: is served by operations[0] already"},

    /* ---- the outcomes ---- */
    {OUTCOMES(""),
     ".outcomes: needs a success: one with a status of 200 to 203"},
    {OUTCOMES("'taken':{'status':409}"),
     ".outcomes: needs a success: one with a status of 200 to 203"},
    {OUTCOMES("'ok':{'status':200},'Taken':{'status':409},'a':7,'b':{}"),
     ".outcomes.Taken: an outcome is 1 to 63 of a-z 0-9 _ and begins with a "
     "letter\n"
     ".outcomes.a: must be an object\n"
     ".outcomes.b.status: is required"},
    {OUTCOMES("'ok':{'status':200},'stale':{'status':503},'key_reused':{"
              "'status':422}"),
     ".outcomes.stale: is answered by the bouncer; leave it out\n"
     ".outcomes.key_reused: is answered by the bouncer; leave it out"},
    {OUTCOMES("'ok':{'status':200},'a':{'status':204},'b':{'status':302},'c':{"
              "'status':600},'d':{'status':'409'},'e':{'status':199}"),
     ".outcomes.a.status: must be 200 to 203, or 400 to 599\n"
     ".outcomes.b.status: must be 200 to 203, or 400 to 599\n"
     ".outcomes.c.status: must be 200 to 203, or 400 to 599\n"
     ".outcomes.d.status: must be 200 to 203, or 400 to 599\n"
     ".outcomes.e.status: must be 200 to 203, or 400 to 599"},
    {OUTCOMES("'ok':{'status':200,'title':'Sold','detail':'x','body':1},'no':{"
              "'status':409,'title':'','detail':7}"),
     ".outcomes.ok.body: is not known here\n"
     ".outcomes.ok.title: is for failures: with a success the client gets "
     "what the SQL function returns\n"
     ".outcomes.ok.detail: is for failures: with a success the client gets "
     "what the SQL function returns\n"
     ".outcomes.no.title: must be a text\n"
     ".outcomes.no.detail: must be a text"},
    {FILE_OF(POST ",'idempotent':true"),
     ".outcomes: needs replayed, since the operation is idempotent"},

    /* ---- what is repeated is short, and one line ---- */
    {FILE_OF(POST ",'a\\n\\u001b\xc3\xbc':1"), ".a????: is not known here"},
    {FILE_OF(POST
             ",'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg'"
             ":1"),
     ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff: is not "
     "known here"},
};

Test(operation_mistakes, each_wrong_file_gives_its_mistakes)
{
    operation_file_expect(wrong_files, COUNT(wrong_files));
}

Test(operation_mistakes, those_that_do_not_fit_are_left_out_whole)
{
    struct operations operations;
    struct buffer mistakes;

    buffer_init(&mistakes, 40);
    cr_expect(!operation_file_read("{'operations':[{'method':'GET'}]}",
                                   &operations, &mistakes));
    cr_expect_str_eq(mistakes.data, "operations[0].path: is required");
    buffer_release(&mistakes);
}

/* ---- how many ---- */

/* BEFORE, COUNT numbered members between ONE and END, and AFTER. */
static const struct {
    const char *before, *one, *end, *after;
    size_t most;
} amounts[] = {
    {"{'operations':[", "{'method':'GET','path':'/x", "'," CALL "}", "]}", 64},
    {"{'operations':[{" POST ",'input':{'properties':{", "'a",
     "':{'type':'string'}", "}}}]}", 16},
    {"{'operations':[{'method':'PUT','path':'/x','call':'f','outcomes':{", "'a",
     "':{'status':200}", "}}]}", 32},
    {"{'operations':[{" POST
     ",'input':{'properties':{'a':{'type':'integer','enum':[",
     "", "", "]}}}}]}", 64},
    {"{'operations':[{" POST ",'log':[", "'a", "'", "]}]}", 8},
};

static bool read_many(size_t row, size_t count)
{
    struct buffer file;
    struct buffer mistakes;
    struct operations operations;
    bool fine;

    buffer_init(&file, OPERATIONS_MAX_BYTES);
    buffer_init(&mistakes, 1000);
    cr_assert(buffer_append_text(&file, amounts[row].before));
    for (size_t i = 0; i < count; i++)
        cr_assert(buffer_append_format(&file, "%s%s%zu%s", i ? "," : "",
                                       amounts[row].one, i, amounts[row].end));
    cr_assert(buffer_append_text(&file, amounts[row].after));
    fine = operation_file_read(file.data, &operations, &mistakes);
    operations_release(&operations);
    buffer_release(&file);
    buffer_release(&mistakes);
    return fine;
}

Test(operation_mistakes, there_may_be_so_many_and_no_more)
{
    for (size_t i = 0; i < COUNT(amounts); i++) {
        cr_expect(read_many(i, amounts[i].most), "%zu", i);
        cr_expect(!read_many(i, amounts[i].most + 1), "%zu", i);
    }
}
