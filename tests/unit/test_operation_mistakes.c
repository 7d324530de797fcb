#include <criterion/criterion.h>

#include "operation_file.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define OUTCOMES(list)                                                         \
    FILE_OF("'method':'POST','path':'/x','call':'f','outcomes':{" list "}")

static const struct wrong_file wrong_files[] = {
    /* ---- the file ---- */
    {"", "the file: empty"},
    {"{'operations':", "the file: byte 13: not valid JSON"},
    {"{'operations':1,'operations':2}",
     "the file: key \"operations\" is given twice"},
    {"[]", "the file: must be an object"},
    {"{}", "operations: must be an array of 1 to 64 operations"},
    {"{'operations':[]}", "operations: must be an array of 1 to 64 operations"},
    {"{'operations':{}}", "operations: must be an array of 1 to 64 operations"},
    {"{'version':1,'operations':[{" POST "}]}", "version: is not known here"},
    {"{'operations':[7,{" POST "},null]}",
     AT("") "must be an object\noperations[2]: must be an object"},

    /* ---- an operation ---- */
    {"{'operations':[{}]}",
     AT(".method") "is required\n" AT(".path") "is required\n" AT(
         ".call") "is required\n" AT(".outcomes") "is required and must be an "
                                                  "object with 1 to 32 "
                                                  "outcomes"},
    {FILE_OF(POST ",'lokc':{},'Idempotent':true,'x':1"),
     AT(".lokc") "is not known here; do you mean lock?\n" AT(
         ".Idempotent") "is not known here; do you mean idempotent?\n" AT(".x") "is not known here"},
    {FILE_OF("'method':'HEAD','path':'/x'," CALL),
     AT(".method") "must be GET, POST, PUT, PATCH or DELETE"},
    {FILE_OF("'method':'post','path':'/x'," CALL),
     AT(".method") "must be GET, POST, PUT, PATCH or DELETE"},
    {FILE_OF("'method':'POST','path':'/x','outcomes':{'ok':{'status':200}},"
             "'call':'drop table'"),
     AT(".call") "must be the name of an SQL function: 1 to 63 of a-z 0-9 _, "
                 "not with a digit first"},
    {FILE_OF("'method':'POST','path':'/x','outcomes':{'ok':{'status':200}},"
             "'call':'1f'"),
     AT(".call") "must be the name of an SQL function: 1 to 63 of a-z 0-9 _, "
                 "not with a digit first"},
    {FILE_OF(POST ",'description':['a']"), AT(".description") "must be a text"},
    {FILE_OF(POST ",'idempotent':'yes'"),
     AT(".idempotent") "must be true or false"},
    {FILE_OF("'method':'GET','path':'/x','idempotent':true,'call':'f',"
             "'outcomes':{'replayed':{'status':200}}"),
     AT(".idempotent") "is not for GET"},

    /* ---- the path ---- */
    {FILE_OF("'method':'GET','path':'x'," CALL),
     AT(".path") "must begin with /"},
    {FILE_OF("'method':'GET','path':'/'," CALL),
     AT(".path") "has an empty segment, or a slash at its end"},
    {FILE_OF("'method':'GET','path':'/x/'," CALL),
     AT(".path") "has an empty segment, or a slash at its end"},
    {FILE_OF("'method':'GET','path':'a//b c/{x}/..'," CALL),
     AT(".path") "must begin with /\n" AT(
         ".path") "has an empty segment, or a "
                  "slash at its end\n" AT(
                      ".path") "b c is no "
                               "segment: "
                               "write A-Z a-z "
                               "0-9 - . _ ~, "
                               "or one whole "
                               "{property}"
                               "\n" AT(".path") "{x} is no property of "
                                                "input\n" AT(".path") "."
                                                                      "."
                                                                      " "
                                                                      "i"
                                                                      "s"
                                                                      " "
                                                                      "n"
                                                                      "o"
                                                                      " "
                                                                      "s"
                                                                      "e"
                                                                      "g"
                                                                      "m"
                                                                      "e"
                                                                      "n"
                                                                      "t"
                                                                      ":"
                                                                      " "
                                                                      "w"
                                                                      "r"
                                                                      "i"
                                                                      "t"
                                                                      "e"
                                                                      " "
                                                                      "A"
                                                                      "-"
                                                                      "Z"
                                                                      " "
                                                                      "a"
                                                                      "-"
                                                                      "z"
                                                                      " "
                                                                      "0"
                                                                      "-"
                                                                      "9"
                                                                      " "
                                                                      "-"
                                                                      " "
                                                                      "."
                                                                      " "
                                                                      "_"
                                                                      " "
                                                                      "~"
                                                                      ","
                                                                      " "
                                                                      "o"
                                                                      "r"
                                                                      " "
                                                                      "o"
                                                                      "n"
                                                                      "e"
                                                                      " "
                                                                      "w"
                                                                      "h"
                                                                      "o"
                                                                      "l"
                                                                      "e"
                                                                      " "
                                                                      "{"
                                                                      "p"
                                                                      "r"
                                                                      "o"
                                                                      "p"
                                                                      "e"
                                                                      "r"
                                                                      "t"
                                                                      "y"
                                                                      "}"},
    {FILE_OF("'method':'GET','path':'/seat-{id}/{id}/{id}'," CALL
             ",'input':{'properties':{'id':{'type':'integer'}}}"),
     AT(".path") "seat-{id} is no segment: write A-Z a-z 0-9 - . _ ~, or one "
                 "whole {property}\n" AT(".path") "{id} is there twice"},
    {FILE_OF("'method':'GET','path':'/api/health'," CALL),
     AT(".path") "is the bouncer's own; choose another"},
    {FILE_OF("'method':'GET','path':'/api/live'," CALL),
     AT(".path") "is the bouncer's own; choose another"},
    {"{'operations':[{" POST "},{'method':'GET','path':'/x'," CALL "},{" POST
     "}]}",
     "operations[2].path: is served by operations[0] already"},
    {"{'operations':[{'method':'GET','path':'/x/{a}'," CALL
     ",'input':{'properties':{'a':{'type':'string'}}}},"
     "{'method':'GET','path':'/x/{b}'," CALL
     ",'input':{'properties':{'b':{'type':'string'}}}}]}",
     "operations[1].path: is served by operations[0] already"},

    /* ---- the outcomes ---- */
    {OUTCOMES(""), AT(".outcomes") "needs a success: one with a status of 200 "
                                   "to 203"},
    {OUTCOMES("'taken':{'status':409}"),
     AT(".outcomes") "needs a success: one with a status of 200 to 203"},
    {OUTCOMES("'ok':{'status':200},'Taken':{'status':409},'a':7,'b':{}"),
     AT(".outcomes.Taken") "an outcome is 1 to 63 of a-z 0-9 _ and begins with "
                           "a letter\n" AT(".outcomes.a") "must be an "
                                                          "object\n" AT(
                                                              ".outcomes.b."
                                                              "status") "is "
                                                                        "requir"
                                                                        "ed"},
    {OUTCOMES("'ok':{'status':200},'stale':{'status':503},"
              "'key_reused':{'status':422}"),
     AT(".outcomes.stale") "is answered by the bouncer; leave it out\n" AT(
         ".outcomes.key_reused") "is answered by the bouncer; leave it out"},
    {OUTCOMES("'ok':{'status':200},'a':{'status':204},'b':{'status':302},"
              "'c':{'status':600},'d':{'status':'409'},'e':{'status':199}"),
     AT(".outcomes.a.status") "must be 200 to 203, or 400 to 599\n" AT(
         ".outcom"
         "es.b."
         "status") "must be 200 to 203, or 400 to 599\n" AT(".outcomes.c."
                                                            "status") "must be "
                                                                      "200 to "
                                                                      "203, or "
                                                                      "400 to "
                                                                      "599"
                                                                      "\n" AT(".outco"
                                                                              "mes.d."
                                                                              "statu"
                                                                              "s") "m"
                                                                                   "u"
                                                                                   "s"
                                                                                   "t"
                                                                                   " "
                                                                                   "b"
                                                                                   "e"
                                                                                   " "
                                                                                   "2"
                                                                                   "0"
                                                                                   "0"
                                                                                   " "
                                                                                   "t"
                                                                                   "o"
                                                                                   " "
                                                                                   "2"
                                                                                   "0"
                                                                                   "3"
                                                                                   ","
                                                                                   " "
                                                                                   "o"
                                                                                   "r"
                                                                                   " "
                                                                                   "4"
                                                                                   "0"
                                                                                   "0"
                                                                                   " "
                                                                                   "t"
                                                                                   "o"
                                                                                   " "
                                                                                   "5"
                                                                                   "9"
                                                                                   "9"
                                                                                   "\n" AT(
                                                                                       ".outcomes.e.status") "must be 200 to 203, or 400 to 599"},
    {OUTCOMES("'ok':{'status':200,'title':'Sold','detail':'x','body':1},"
              "'no':{'status':409,'title':'','detail':7}"),
     AT(".outcomes.ok.body") "is not known here\n" AT(
         ".outcomes.ok.title") "is for failures: with a success the client "
                               "gets "
                               "what the SQL function returns\n" AT(
                                   ".outcomes.ok.detail") "is for failures: "
                                                          "with a success the "
                                                          "client "
                                                          "gets what the SQL "
                                                          "function "
                                                          "returns\n" AT(
                                                              ".outc"
                                                              "omes."
                                                              "no."
                                                              "titl"
                                                              "e") "must be a "
                                                                   "text\n" AT(".outcomes.no."
                                                                               "detail") "must "
                                                                                         "be a "
                                                                                         "text"},
    {FILE_OF(POST ",'idempotent':true"),
     AT(".outcomes") "needs replayed, since the operation is idempotent"},

    /* ---- what is repeated is short, and one line ---- */
    {FILE_OF(POST ",'a\\n\\u001b\xc3\xbc':1"),
     AT(".a????") "is not known here"},
    {FILE_OF(POST
             ",'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg"
             "':1"),
     AT(".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff") "is "
                                                                         "not "
                                                                         "known"
                                                                         " her"
                                                                         "e"},
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
    cr_expect_str_eq(mistakes.data, AT(".path") "is required");
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
