/*
 * What one static file does otherwise than its libraries expect.
 *
 * The linker sends every call of the functions below here (--wrap, listed in
 * curl.sh); __real_f() is the library's own f().
 *
 * 1. A static glibc cannot look names up or load code without the very shared
 *    libraries it was linked against. c-ares resolves; OpenSSL and c-ares still
 *    mention these functions, on ways that are never taken. Here they fail.
 *
 * 2. curl_global_init() starts all of OpenSSL: ciphers, engines, the texts of
 *    all errors, 50 page faults in all. The first request of an instance is
 *    plain HTTP, so this waits for the first TLS connection; SSL_CTX_new() asks
 *    for it by itself. The texts wait for the first error that is told, and
 *    openssl.cnf of the machine is never read. Nor does libcrypto ask before
 *    main() what the processor can do: in a virtual machine each CPUID traps.
 *
 * 3. Where SSLKEYLOGFILE is set, libcurl writes the keys of every connection
 *    there. What ships never does.
 *
 * 4. c-ares waits 2 to 5 seconds for a name server before it tries another one,
 *    and a request is over by then. Its tries are short here, and doubled each
 *    time round; a late answer to an earlier try is still taken.
 *
 * 5. libcurl prints byte by byte, a function call each: a seventh of all
 *    instructions of a warm request. glibc's printf does the same at once.
 */
#define _GNU_SOURCE
#include <ares.h>
#include <dlfcn.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Longer texts than a request's head are printed on the heap. */
#define PRINT_ROOM 2048

/* For each name server in turn, and how often each is asked. */
#define NAME_TRY_MS 150
#define NAME_TRIES 4

/* The linker's names; no header declares them. */
int __wrap_getaddrinfo(const char *node, const char *service,
                       const struct addrinfo *hints, struct addrinfo **found);
void __wrap_freeaddrinfo(struct addrinfo *found);
int __wrap_getnameinfo(const struct sockaddr *address, socklen_t address_len,
                       char *host, socklen_t host_len, char *service,
                       socklen_t service_len, int flags);
struct hostent *__wrap_gethostbyname(const char *name);
struct servent *__wrap_getservbyname(const char *name, const char *protocol);
int __wrap_getservbyport_r(int port, const char *protocol,
                           struct servent *entry, char *bytes, size_t len,
                           struct servent **found);
int __wrap_ares_init_options(ares_channel *channel,
                             const struct ares_options *options, int mask);
void *__wrap_dlopen(const char *file, int mode);
void __wrap_OPENSSL_cpuid_setup(void);
int __wrap_OPENSSL_init_crypto(uint64_t options,
                               const OPENSSL_INIT_SETTINGS *settings);
int __wrap_OPENSSL_init_ssl(uint64_t options,
                            const OPENSSL_INIT_SETTINGS *settings);
void __wrap_ERR_error_string_n(unsigned long code, char *text, size_t len);
void __wrap_Curl_tls_keylog_open(void);
int __wrap_Curl_dyn_vprintf(void *dynbuf, const char *format, va_list args);
char *__wrap_curl_maprintf(const char *format, ...);
int __wrap_curl_mvsnprintf(char *text, size_t size, const char *format,
                           va_list args);
int __wrap_curl_msnprintf(char *text, size_t size, const char *format, ...);

int __real_ares_init_options(ares_channel *channel,
                             const struct ares_options *options, int mask);
void __real_OPENSSL_cpuid_setup(void);
int __real_OPENSSL_init_crypto(uint64_t options,
                               const OPENSSL_INIT_SETTINGS *settings);
int __real_OPENSSL_init_ssl(uint64_t options,
                            const OPENSSL_INIT_SETTINGS *settings);
void __real_ERR_error_string_n(unsigned long code, char *text, size_t len);

/* libcurl's own; weak, because later versions have other names for both. */
int Curl_dyn_addn(void *dynbuf, const void *bytes, size_t len)
    __attribute__((weak));

/* ---- what a static program has not ---- */

int __wrap_getaddrinfo(const char *node, const char *service,
                       const struct addrinfo *hints, struct addrinfo **found)
{
    (void)node;
    (void)service;
    (void)hints;
    *found = NULL;
    return EAI_FAIL;
}

void __wrap_freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

int __wrap_getnameinfo(const struct sockaddr *address, socklen_t address_len,
                       char *host, socklen_t host_len, char *service,
                       socklen_t service_len, int flags)
{
    (void)address;
    (void)address_len;
    (void)host;
    (void)host_len;
    (void)service;
    (void)service_len;
    (void)flags;
    return EAI_FAIL;
}

struct hostent *__wrap_gethostbyname(const char *name)
{
    (void)name;
    return NULL;
}

struct servent *__wrap_getservbyname(const char *name, const char *protocol)
{
    (void)name;
    (void)protocol;
    return NULL;
}

int __wrap_getservbyport_r(int port, const char *protocol,
                           struct servent *entry, char *bytes, size_t len,
                           struct servent **found)
{
    (void)port;
    (void)protocol;
    (void)entry;
    (void)bytes;
    (void)len;
    *found = NULL;
    return 0;
}

void *__wrap_dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

/* ---- name servers that do not answer ---- */

int __wrap_ares_init_options(ares_channel *channel,
                             const struct ares_options *options, int mask)
{
    struct ares_options short_tries = *options;

    short_tries.timeout = NAME_TRY_MS;
    short_tries.tries = NAME_TRIES;
    return __real_ares_init_options(channel, &short_tries,
                                    mask | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
}

/* ---- OpenSSL, when it is needed ---- */

/* A constructor on x86_64; __wrap_OPENSSL_init_crypto() runs it instead. */
void __wrap_OPENSSL_cpuid_setup(void)
{
}

int __wrap_OPENSSL_init_crypto(uint64_t options,
                               const OPENSSL_INIT_SETTINGS *settings)
{
    const uint64_t never =
        OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ENGINE_ALL_BUILTIN;
    const uint64_t later = OPENSSL_INIT_LOAD_CRYPTO_STRINGS;

    __real_OPENSSL_cpuid_setup(); /* returns at once from the second call on */
    options &= ~(never | later);
    return __real_OPENSSL_init_crypto(options | OPENSSL_INIT_NO_LOAD_CONFIG,
                                      settings);
}

int __wrap_OPENSSL_init_ssl(uint64_t options,
                            const OPENSSL_INIT_SETTINGS *settings)
{
    const uint64_t later =
        OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS;

    /* Of all callers only curl_global_init() sets this one. */
    if (options & OPENSSL_INIT_NO_LOAD_CONFIG)
        return 1;
    return __real_OPENSSL_init_ssl(options & ~later, settings);
}

void __wrap_ERR_error_string_n(unsigned long code, char *text, size_t len)
{
    (void)__real_OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    (void)__real_OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
    __real_ERR_error_string_n(code, text, len);
}

/* ---- what is never written down ---- */

void __wrap_Curl_tls_keylog_open(void)
{
}

/* ---- what is printed at once ---- */

/* Append to libcurl's DYNBUF; 0 is success. */
int __wrap_Curl_dyn_vprintf(void *dynbuf, const char *format, va_list args)
{
    char room[PRINT_ROOM];
    char *text = NULL;
    va_list again;
    int result = 1;
    int len;

    va_copy(again, args);
    len = vsnprintf(room, sizeof(room), format, args);
    if (len >= (int)sizeof(room))
        len = vasprintf(&text, format, again);
    if (len >= 0)
        result = Curl_dyn_addn(dynbuf, text ? text : room, (size_t)len);
    free(text);
    va_end(again);
    return result;
}

char *__wrap_curl_maprintf(const char *format, ...)
{
    char *text;
    va_list args;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    return len < 0 ? NULL : text;
}

/* libcurl's two count what was written, and not what had no room. */
int __wrap_curl_mvsnprintf(char *text, size_t size, const char *format,
                           va_list args)
{
    const int len = vsnprintf(text, size, format, args);

    return size && len >= (int)size ? (int)size - 1 : len;
}

int __wrap_curl_msnprintf(char *text, size_t size, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = __wrap_curl_mvsnprintf(text, size, format, args);
    va_end(args);
    return len;
}
