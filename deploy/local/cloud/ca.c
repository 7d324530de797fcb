/*
 * OpenSSL makes both certificates: the authority signs itself, then the
 * server's.
 */
#include "cloud/ca.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOUR_S 3600L
#define YEAR_S (365L * 24 * 3600)

/* Bits of a serial number: RFC 5280 section 4.1.2.2 allows 20 octets. */
#define SERIAL_BITS 127

/* A certificate with its key, and who signs it: itself, or the authority. */
struct identity {
    EVP_PKEY *key;
    X509 *cert;
};

static void identity_release(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->cert);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *cert)
{
    BIGNUM *serial = BN_new();
    bool set = serial != NULL &&
               BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, 0) == 1 &&
               BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;

    BN_free(serial);
    return set;
}

/* Fill in all but extensions and signature; ISSUER may be CERT itself. */
static bool describe(struct identity *identity, X509 *issuer, const char *name)
{
    X509 *cert = identity->cert;
    X509_NAME *subject = X509_get_subject_name(cert);

    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -HOUR_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), YEAR_S) != NULL &&
           X509_set_pubkey(cert, identity->key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1;
}

static bool generate(struct identity *identity)
{
    identity->key = EVP_EC_gen("P-256");
    identity->cert = X509_new();
    return identity->key != NULL && identity->cert != NULL;
}

static bool make_authority(struct identity *ca)
{
    return generate(ca) && describe(ca, ca->cert, "Local cloud CA") &&
           add_extension(ca->cert, ca->cert, NID_subject_key_identifier,
                         "hash") &&
           add_extension(ca->cert, ca->cert, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(ca->cert, ca->cert, NID_key_usage,
                         "critical,keyCertSign,cRLSign") &&
           X509_sign(ca->cert, ca->key, EVP_sha256()) > 0;
}

static bool make_server(struct identity *server, const struct identity *ca)
{
    return generate(server) && describe(server, ca->cert, "localhost") &&
           add_extension(server->cert, ca->cert, NID_authority_key_identifier,
                         "keyid") &&
           add_extension(server->cert, ca->cert, NID_basic_constraints,
                         "critical,CA:FALSE") &&
           add_extension(server->cert, ca->cert, NID_key_usage,
                         "critical,digitalSignature") &&
           add_extension(server->cert, ca->cert, NID_ext_key_usage,
                         "serverAuth") &&
           add_extension(server->cert, ca->cert, NID_subject_alt_name,
                         "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,"
                         "IP:::1") &&
           X509_sign(server->cert, ca->key, EVP_sha256()) > 0;
}

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

static bool write_cert(const char *path, X509 *cert)
{
    FILE *file = create(path, 0644);
    bool written = file != NULL && PEM_write_X509(file, cert) == 1;

    return (file == NULL || fclose(file) == 0) && written;
}

static bool write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = create(path, 0600);
    bool written = file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL,
                                                        0, NULL, NULL) == 1;

    return (file == NULL || fclose(file) == 0) && written;
}

bool ca_make(struct ca_files *files, const char *dir, struct error *err)
{
    struct identity ca = {NULL, NULL};
    struct identity server = {NULL, NULL};
    bool made;

    (void)snprintf(files->ca, sizeof(files->ca), "%s/ca.pem", dir);
    (void)snprintf(files->cert, sizeof(files->cert), "%s/server.pem", dir);
    (void)snprintf(files->key, sizeof(files->key), "%s/server.key", dir);
    made = make_authority(&ca) && make_server(&server, &ca) &&
           write_cert(files->ca, ca.cert) &&
           write_cert(files->cert, server.cert) &&
           write_key(files->key, server.key);
    if (!made)
        error_set(err, "make certificates in %s: %s", dir,
                  ERR_reason_error_string(ERR_peek_last_error()));
    identity_release(&server);
    identity_release(&ca);
    return made;
}
