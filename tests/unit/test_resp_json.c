/* Replies in RESP2 are read by hiredis, written as JSON and compared. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "doors/kv_nul.h"
#include "doors/resp_json.h"

/* {"result":…} of the reply in the LEN bytes of RESP2, as a client gets it. */
static void print(const char *resp, size_t len, bool base64, struct buffer *out)
{
    struct resp_json_form form = {.base64 = base64};
    redisReader *reader = redisReaderCreate();
    struct json_document doc;
    void *reply = NULL;

    cr_assert_eq(redisReaderFeed(reader, resp, len), REDIS_OK);
    cr_assert_eq(redisReaderGetReply(reader, &reply), REDIS_OK);
    cr_assert(reply, "%s", resp);
    resp_json_add_outcome(&doc, json_new_object(&doc), reply, &form);
    cr_assert(json_print(&doc, out));
    if (form.has_nul)
        out->len = kv_nul_reveal_text(out->data, out->len);
    json_release(&doc);
    freeReplyObject(reply);
    redisReaderFree(reader);
}

#define RESP(text) text, sizeof(text) - 1

static const struct {
    const char *resp;
    size_t len;
    bool base64;
    const char *json;
} replies[] = {
    {RESP(":-7\r\n"), false, "{\"result\":-7}"},
    {RESP(":9007199254740993\r\n"), false, "{\"result\":9007199254740993}"},
    {RESP("$-1\r\n"), true, "{\"result\":null}"},
    {RESP("*-1\r\n"), false, "{\"result\":null}"},
    {RESP("*0\r\n"), false, "{\"result\":[]}"},
    {RESP("$0\r\n\r\n"), false, "{\"result\":\"\"}"},
    {RESP("+OK\r\n"), true, "{\"result\":\"OK\"}"},
    {RESP("+PONG\r\n"), true, "{\"result\":\"UE9ORw==\"}"},
    {RESP("$2\r\nOK\r\n"), true, "{\"result\":\"T0s=\"}"},
    {RESP("-ERR x\r\n"), true, "{\"error\":\"ERR x\"}"},
    {RESP("*3\r\n:1\r\n*2\r\n$1\r\na\r\n*1\r\n$-1\r\n$1\r\nb\r\n"), false,
     "{\"result\":[1,[\"a\",[null]],\"b\"]}"},
    {RESP("*2\r\n$1\r\na\r\n+OK\r\n"), true, "{\"result\":[\"YQ==\",\"OK\"]}"},
    {RESP("*2\r\n-ERR x\r\n:1\r\n"), true, "{\"result\":[\"ERR x\",1]}"},
    /* NULs, and bytes that are no text. */
    {RESP("$3\r\na\0b\r\n"), false, "{\"result\":\"a\\u0000b\"}"},
    {RESP("$3\r\na\0b\r\n"), true, "{\"result\":\"YQBi\"}"},
    {RESP("$4\r\n\x01\0\x01"
          "0\r\n"),
     false, "{\"result\":\"\\u0001\\u0000\\u00010\"}"},
    {RESP("$7\r\n\\u0001\0\r\n"), false, "{\"result\":\"\\\\u0001\\u0000\"}"},
    {RESP("$6\r\n\xff\xc3\xbc\xed\xa0\x80\r\n"), false,
     "{\"result\":\"\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd"
     "\xef\xbf\xbd\"}"},
};

Test(resp_json, replies_are_json)
{
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct buffer out;

        buffer_init(&out, 1024);
        print(replies[i].resp, replies[i].len, replies[i].base64, &out);
        cr_expect(slice_is(buffer_slice(&out), replies[i].json), "%.*s",
                  (int)out.len, out.data);
        buffer_release(&out);
    }
}
