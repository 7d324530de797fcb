/*
 * The channels share one multi handle, which holds the connections.  kept.h
 * checks their sockets, and a callback counts how often a request goes out.
 */
#include "wire/http.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/url.h"
#include "wire/kept.h"

/* What a server may answer to an OPTIONS request. */
#define PRECONNECT_BODY_MAX_BYTES (32UL * 1024)

/* A URL is a base from the configuration and a path. */
#define URL_MAX_BYTES (8UL * 1024)

/* How long one wait for sockets may last; the loop then looks again. */
#define POLL_MS 1000

struct channel {
    struct transport transport;
    struct http_session *session;
    CURL *easy;
    CURLU *url;                          /* url_text, parsed */
    struct buffer url_text;              /* of the last exchange */
    struct transport_response *response; /* of the exchange under way */
    const SSL *tls;                      /* its connection's; libcurl owns it */
    char reason[CURL_ERROR_SIZE];
    struct curl_slist *headers; /* of the request under way */
    bool started;
    CURLcode code; /* CURLE_FAILED_INIT until the exchange has ended */
};

struct http_session {
    CURLM *multi;
    char *ca_file;
    char *ca_dir;
    struct kept kept;
    size_t channel_count;
    struct channel channels[HTTP_CHANNELS_MAX];
};

/* ---- what libcurl calls back ---- */

static size_t on_body(char *bytes, size_t size, size_t count, void *userdata)
{
    struct channel *channel = userdata;

    if (buffer_append(&channel->response->body, bytes, size * count))
        return size * count;
    channel->response->too_large = true;
    return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *userdata)
{
    struct channel *channel = userdata;

    transport_response_add_header(channel->response,
                                  (struct slice){bytes, size * count});
    return size * count;
}

/* Called each time a connection is up and the request goes out next. */
static int on_send(void *userdata, char *remote_ip, char *local_ip,
                   int remote_port, int local_port)
{
    struct channel *channel = userdata;
    const struct curl_tlssessioninfo *tls = NULL;

    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    channel->response->sends++;
    (void)curl_easy_getinfo(channel->easy, CURLINFO_TLS_SSL_PTR, &tls);
    channel->tls =
        tls && tls->backend == CURLSSLBACKEND_OPENSSL ? tls->internals : NULL;
    return CURL_PREREQFUNC_OK;
}

static int on_close(void *userdata, curl_socket_t fd)
{
    struct http_session *session = userdata;

    kept_remove(&session->kept, fd);
    return close(fd);
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
    struct http_session *session = channel->session;
    CURL *easy = channel->easy;
    CURLcode code = CURLE_OK;

    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_CURLU, channel->url);
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                             allow_plain_http ? "http,https" : "https");
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                             (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                             (long)CURL_HTTP_VERSION_1_1);
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
    code |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    code |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, session);
    /* Override libcurl's built-in CA paths. */
    code |= curl_easy_setopt(easy, CURLOPT_CAINFO, session->ca_file);
    code |= curl_easy_setopt(easy, CURLOPT_CAPATH, session->ca_dir);
    return code == CURLE_OK;
}

/* ---- exchanges ---- */

/* Parse no more than what differs from the last URL. */
static bool set_url(struct channel *channel, const char *url)
{
    const char *last = channel->url_text.len ? channel->url_text.data : "";
    const size_t path = url_plain_path(url);
    const bool same_host =
        path && url_plain_path(last) == path && strncmp(last, url, path) == 0;

    if (strcmp(last, url) == 0)
        return true;
    buffer_clear(&channel->url_text);
    return curl_url_set(channel->url,
                        same_host ? CURLUPART_PATH : CURLUPART_URL,
                        same_host ? url + path : url, 0) == CURLUE_OK &&
           buffer_append_text(&channel->url_text, url);
}

static bool add_header(struct channel *channel, const char *line)
{
    struct curl_slist *longer = curl_slist_append(channel->headers, line);

    if (longer)
        channel->headers = longer;
    return longer != NULL;
}

static bool prepare(struct channel *channel,
                    const struct transport_request *request)
{
    CURL *easy = channel->easy;
    CURLcode code = CURLE_OK;
    /* No "Expect: 100-continue": it costs a round trip on large bodies. */
    bool added = add_header(channel, "Expect:");

    for (size_t i = 0; added && i < request->header_count; i++)
        added = add_header(channel, request->headers[i]);
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, channel->headers);
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
    return code == CURLE_OK && added && set_url(channel, request->url);
}

/*
 * Drive the session's transfers until all have ended or libcurl fails, and note
 * the results; the unfinished ones keep CURLE_FAILED_INIT.
 */
static void drive(CURLM *multi)
{
    CURLMsg *message;
    int running = 0;
    int left;

    while (curl_multi_perform(multi, &running) == CURLM_OK && running &&
           curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) == CURLM_OK)
        ;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct channel *channel = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                                &channel);
        channel->code = message->data.result;
    }
}

/* libcurl's message names the host and the port where they matter. */
static void explain(const struct channel *channel, struct error *err)
{
    if (channel->response->too_large)
        error_set(err, "the answer is larger than allowed");
    else
        error_set(err, "%s",
                  channel->reason[0] ? channel->reason
                                     : curl_easy_strerror(channel->code));
}

/* Start a request; several channels may have one under way. */
static bool start(struct channel *channel,
                  const struct transport_request *request,
                  struct transport_response *response)
{
    channel->response = response;
    channel->code = CURLE_FAILED_INIT;
    channel->reason[0] = '\0';
    channel->started = prepare(channel, request) &&
                       curl_multi_add_handle(channel->session->multi,
                                             channel->easy) == CURLM_OK;
    return channel->started;
}

/*
 * End the exchange.  A kept connection must have nothing left to read.  The
 * bytes that TLS has already taken in are checked here, the socket just before
 * the next exchange.
 */
static enum transport_result stop(struct channel *channel, struct error *err)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    long status = 0;

    curl_slist_free_all(channel->headers);
    channel->headers = NULL;
    if (!channel->started) {
        error_set(err, "libcurl rejects the request");
        return TRANSPORT_NOT_SENT;
    }
    (void)curl_easy_getinfo(channel->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(channel->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd != CURL_SOCKET_BAD) {
        kept_add(&channel->session->kept, fd);
        if (channel->tls && SSL_has_pending(channel->tls))
            kept_hang_up(fd);
    }
    (void)curl_multi_remove_handle(channel->session->multi, channel->easy);
    channel->response->status = (int)status;
    if (channel->code == CURLE_OK && status > 0)
        return TRANSPORT_ANSWERED;
    explain(channel, err);
    return channel->response->sends ? TRANSPORT_UNKNOWN : TRANSPORT_NOT_SENT;
}

static enum transport_result exchange(void *state,
                                      const struct transport_request *request,
                                      struct transport_response *response,
                                      struct error *err)
{
    struct channel *channel = state;

    kept_check(&channel->session->kept);
    if (start(channel, request, response))
        drive(channel->session->multi);
    return stop(channel, err);
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

size_t http_preconnect(struct transport *const transports[],
                       const char *const urls[], size_t count,
                       int64_t timeout_ms)
{
    struct transport_response responses[HTTP_CHANNELS_MAX];
    struct error ignored;
    size_t connected = 0;

    if (count > HTTP_CHANNELS_MAX)
        count = HTTP_CHANNELS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct transport_request request = {
            .method = "OPTIONS",
            .url = urls[i],
            .timeout_ms = timeout_ms,
        };

        transport_response_init(&responses[i], PRECONNECT_BODY_MAX_BYTES);
        (void)start(transports[i]->state, &request, &responses[i]);
    }
    for (size_t i = 0; i < count; i++) {
        struct channel *channel = transports[i]->state;

        if (i == 0)
            drive(channel->session->multi);
        connected += stop(channel, &ignored) == TRANSPORT_ANSWERED;
        transport_response_release(&responses[i]);
    }
    return connected;
}
