#include "wire/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* What a server may answer to an OPTIONS request. */
#define PRECONNECT_BODY_MAX_BYTES (32UL * 1024)

/* Our URLs are a base from the configuration and a path. */
#define URL_MAX_BYTES (8UL * 1024)

/* How long one wait for sockets may last; the loop then looks again. */
#define POLL_MS 1000

struct channel {
    struct transport transport;
    struct http_session *session;
    CURL *easy;
    CURLU *url;                          /* what url_text says, taken apart */
    struct buffer url_text;              /* of the last exchange */
    struct transport_response *response; /* of the exchange under way */
    char reason[CURL_ERROR_SIZE];
    bool too_large;
    bool done;
    CURLcode code;
};

struct http_session {
    CURLM *multi;
    char *ca_file;
    char *ca_dir;
    size_t channel_count;
    struct channel channels[HTTP_CHANNELS_MAX];
};

/* ---- what libcurl calls back ---- */

static size_t on_body(char *bytes, size_t size, size_t count, void *userdata)
{
    struct channel *channel = userdata;

    if (buffer_append(&channel->response->body, bytes, size * count))
        return size * count;
    channel->too_large = true;
    return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *userdata)
{
    struct channel *channel = userdata;
    struct buffer *headers = &channel->response->headers;
    size_t len = size * count;

    /* A status line starts a new block: what came before was an interim 1xx. */
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        buffer_clear(headers);
        return len;
    }
    while (len && (bytes[len - 1] == '\r' || bytes[len - 1] == '\n'))
        len--;
    if (len && (!buffer_append(headers, bytes, len) ||
                !buffer_append(headers, "\n", 1))) {
        channel->too_large = true;
        return 0;
    }
    return size * count;
}

/* The connection is up and the request goes out next, each time it does. */
static int on_send(void *userdata, char *remote_ip, char *local_ip,
                   int remote_port, int local_port)
{
    struct channel *channel = userdata;

    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    channel->response->sends++;
    return CURL_PREREQFUNC_OK;
}

/* ---- sessions and channels ---- */

static bool copy_option(char **copy, const char *text)
{
    *copy = text ? strdup(text) : NULL;
    return *copy || !text;
}

struct http_session *
http_session_new(const struct http_session_options *options, struct error *err)
{
    struct http_session *session = NULL;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, "libcurl does not start");
        return NULL;
    }
    session = calloc(1, sizeof(*session));
    if (!session) {
        error_set(err, "out of memory");
        curl_global_cleanup();
        return NULL;
    }
    session->multi = curl_multi_init();
    if (!session->multi || !copy_option(&session->ca_file, options->ca_file) ||
        !copy_option(&session->ca_dir, options->ca_dir)) {
        error_set(err, "out of memory");
        http_session_free(session);
        return NULL;
    }
    return session;
}

static void channel_release(struct channel *channel)
{
    curl_easy_cleanup(channel->easy);
    curl_url_cleanup(channel->url);
    buffer_release(&channel->url_text);
}

void http_session_free(struct http_session *session)
{
    if (!session)
        return;
    for (size_t i = 0; i < session->channel_count; i++)
        channel_release(&session->channels[i]);
    curl_multi_cleanup(session->multi);
    free(session->ca_file);
    free(session->ca_dir);
    free(session);
    curl_global_cleanup();
}

/* The options that hold for every exchange of a channel. */
static bool configure(struct channel *channel, bool allow_plain_http)
{
    const struct http_session *session = channel->session;
    CURL *easy = channel->easy;
    CURLcode code = CURLE_OK;

    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_CURLU, channel->url);
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                             allow_plain_http ? "http,https" : "https");
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                             (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "bouncer");
    code |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, channel->reason);
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, channel);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, channel);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, channel);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, channel);
    /* Whom libcurl was built to trust is nobody that the caller named. */
    code |= curl_easy_setopt(easy, CURLOPT_CAINFO, session->ca_file);
    code |= curl_easy_setopt(easy, CURLOPT_CAPATH, session->ca_dir);
    return code == CURLE_OK;
}

/* ---- exchanges ---- */

/* A URL that stays is taken apart once; CURLOPT_URL does it each time. */
static bool set_url(struct channel *channel, const char *url)
{
    if (channel->url_text.len &&
        slice_is(buffer_slice(&channel->url_text), url))
        return true;
    buffer_clear(&channel->url_text);
    return curl_url_set(channel->url, CURLUPART_URL, url, 0) == CURLUE_OK &&
           buffer_append_text(&channel->url_text, url);
}

/* Prepare the easy handle; the header list is the caller's to free. */
static bool prepare(struct channel *channel,
                    const struct transport_request *request,
                    struct curl_slist **headers)
{
    CURL *easy = channel->easy;
    CURLcode code = CURLE_OK;

    /* No "Expect: 100-continue": it costs a round trip on large bodies. */
    *headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; *headers && i < request->header_count; i++) {
        struct curl_slist *longer =
            curl_slist_append(*headers, request->headers[i]);

        if (!longer)
            return false;
        *headers = longer;
    }
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers);
    if (request->body.at) {
        code |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                 (curl_off_t)request->body.len);
    } else {
        code |= curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)(request->connect_timeout_ms
                                        ? request->connect_timeout_ms
                                        : request->timeout_ms));
    code |=
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    return code == CURLE_OK && *headers && set_url(channel, request->url);
}

static bool start(struct channel *channel, struct transport_response *response)
{
    channel->response = response;
    channel->too_large = false;
    channel->done = false;
    channel->code = CURLE_OK;
    channel->reason[0] = '\0';
    return curl_multi_add_handle(channel->session->multi, channel->easy) ==
           CURLM_OK;
}

/* Take note of the transfers that have ended. */
static size_t collect(CURLM *multi)
{
    size_t ended = 0;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct channel *channel = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                                &channel);
        channel->done = true;
        channel->code = message->data.result;
        ended++;
    }
    return ended;
}

/* Drive the session's transfers until COUNT of them have ended. */
static bool drive(CURLM *multi, size_t count)
{
    size_t ended = 0;

    for (;;) {
        int running = 0;

        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return false;
        ended += collect(multi);
        if (ended >= count)
            return true;
        if (curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            return false;
    }
}

/* libcurl's own words name the host and the port where they matter. */
static void explain(const struct channel *channel, struct error *err)
{
    if (channel->too_large)
        error_set(err, "the answer is larger than allowed");
    else if (channel->reason[0])
        error_set(err, "%s", channel->reason);
    else
        error_set(err, "%s", curl_easy_strerror(channel->code));
}

static enum transport_result classify(const struct channel *channel)
{
    if (channel->done && channel->code == CURLE_OK &&
        channel->response->status > 0)
        return TRANSPORT_ANSWERED;
    return channel->response->sends == 0 ? TRANSPORT_NOT_SENT
                                         : TRANSPORT_UNKNOWN;
}

static enum transport_result exchange(void *state,
                                      const struct transport_request *request,
                                      struct transport_response *response,
                                      struct error *err)
{
    struct channel *channel = state;
    struct curl_slist *headers = NULL;
    enum transport_result result = TRANSPORT_NOT_SENT;
    long status = 0;

    if (!prepare(channel, request, &headers) || !start(channel, response)) {
        error_set(err, "libcurl refuses the request");
        goto out;
    }
    if (!drive(channel->session->multi, 1))
        channel->code = CURLE_FAILED_INIT;
    (void)curl_multi_remove_handle(channel->session->multi, channel->easy);
    (void)curl_easy_getinfo(channel->easy, CURLINFO_RESPONSE_CODE, &status);
    response->status = (int)status;
    result = classify(channel);
    if (result != TRANSPORT_ANSWERED)
        explain(channel, err);
out:
    curl_slist_free_all(headers);
    return result;
}

struct transport *http_session_channel(struct http_session *session,
                                       bool allow_plain_http, struct error *err)
{
    struct channel *channel;

    if (session->channel_count == HTTP_CHANNELS_MAX) {
        error_set(err, "too many channels");
        return NULL;
    }
    channel = &session->channels[session->channel_count];
    channel->session = session;
    channel->easy = curl_easy_init();
    channel->url = curl_url();
    buffer_init(&channel->url_text, URL_MAX_BYTES);
    if (!channel->easy || !channel->url ||
        !configure(channel, allow_plain_http)) {
        error_set(err, "libcurl lacks an option that is needed");
        channel_release(channel);
        return NULL;
    }
    channel->transport =
        (struct transport){.exchange = exchange, .state = channel};
    session->channel_count++;
    return &channel->transport;
}

/* ---- connecting ahead ---- */

struct preconnect {
    struct channel *channel;
    struct curl_slist *headers;
    struct transport_response response;
    bool started;
};

static void preconnect_start(struct preconnect *one,
                             struct transport *transport, const char *url,
                             int64_t timeout_ms)
{
    struct transport_request request = {
        .method = "OPTIONS",
        .url = url,
        .timeout_ms = timeout_ms,
    };

    one->channel = transport->state;
    transport_response_init(&one->response, PRECONNECT_BODY_MAX_BYTES);
    one->started = prepare(one->channel, &request, &one->headers) &&
                   start(one->channel, &one->response);
}

static bool preconnect_end(struct preconnect *one)
{
    bool connected = false;

    if (one->started) {
        connected = one->channel->done && one->channel->code == CURLE_OK;
        (void)curl_multi_remove_handle(one->channel->session->multi,
                                       one->channel->easy);
    }
    curl_slist_free_all(one->headers);
    transport_response_release(&one->response);
    return connected;
}

size_t http_preconnect(struct transport *const transports[],
                       const char *const urls[], size_t count,
                       int64_t timeout_ms)
{
    struct preconnect all[HTTP_CHANNELS_MAX] = {0};
    size_t started = 0;
    size_t connected = 0;

    if (count > HTTP_CHANNELS_MAX)
        count = HTTP_CHANNELS_MAX;
    for (size_t i = 0; i < count; i++) {
        preconnect_start(&all[i], transports[i], urls[i], timeout_ms);
        started += all[i].started;
    }
    if (started)
        (void)drive(all[0].channel->session->multi, started);
    for (size_t i = 0; i < count; i++)
        connected += preconnect_end(&all[i]);
    return connected;
}
