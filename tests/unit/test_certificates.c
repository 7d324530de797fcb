/*
 * Each test makes files and directories in a temporary directory and looks for
 * the certificates in that, never in the machine's own.
 */
#include "certificates.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of the test's own, and paths in it. */
struct world {
    char root[64];
    char program[128];
    char certs[128];
    char hashed[128];
    char bundle[128];
    char path[256];
    struct certificates_place places[2];
    struct certificates found;
};

static void open_world(struct world *w)
{
    memset(w, 0, sizeof(*w));
    (void)snprintf(w->root, sizeof(w->root), "/tmp/certificates-XXXXXX");
    cr_assert(mkdtemp(w->root));
    (void)snprintf(w->program, sizeof(w->program), "%s/bootstrap", w->root);
    (void)snprintf(w->certs, sizeof(w->certs), "%s/certs", w->root);
    (void)snprintf(w->hashed, sizeof(w->hashed), "%s/hashed", w->root);
    (void)snprintf(w->bundle, sizeof(w->bundle), "%s/bundle.pem", w->root);
    w->places[0] =
        (struct certificates_place){.path = w->hashed, .hashed = true};
    w->places[1] = (struct certificates_place){.path = w->bundle};
}

static void make_dir(const char *path)
{
    cr_assert_eq(mkdir(path, 0700), 0);
}

static void make_file(struct world *w, const char *dir, const char *name)
{
    FILE *file;

    (void)snprintf(w->path, sizeof(w->path), "%s/%s", dir, name);
    file = fopen(w->path, "w");
    cr_assert(file);
    cr_assert_eq(fclose(file), 0);
}

static void remove_file(struct world *w, const char *dir, const char *name)
{
    (void)snprintf(w->path, sizeof(w->path), "%s/%s", dir, name);
    (void)unlink(w->path);
}

static void close_world(struct world *w)
{
    remove_file(w, w->hashed, "4042bcee.0");
    remove_file(w, w->hashed, "ca-bundle.crt");
    remove_file(w, w->hashed, "4042bcee.crt");
    remove_file(w, w->hashed, "4042bcee-0");
    (void)unlink(w->bundle);
    (void)rmdir(w->certs);
    (void)rmdir(w->hashed);
    cr_expect_eq(rmdir(w->root), 0);
}

static bool find(struct world *w, const char *ca_file)
{
    return certificates_find(&w->found, ca_file, w->program, w->places, 2);
}

Test(certificates, a_bundle_that_was_named_wins)
{
    struct world w;

    open_world(&w);
    make_dir(w.certs);
    make_file(&w, w.root, "bundle.pem");
    cr_expect(find(&w, "/named.pem"));
    cr_expect_str_eq(w.found.file, "/named.pem");
    cr_expect_null(w.found.dir);
    close_world(&w);
}

Test(certificates, the_directory_beside_the_program_comes_before_the_systems)
{
    struct world w;

    open_world(&w);
    make_dir(w.certs);
    make_dir(w.hashed);
    make_file(&w, w.hashed, "4042bcee.0");
    cr_expect(find(&w, NULL));
    cr_expect_str_eq(w.found.dir, w.certs);
    cr_expect_null(w.found.file);
    close_world(&w);
}

Test(certificates, a_file_called_certs_is_no_directory)
{
    struct world w;

    open_world(&w);
    make_file(&w, w.root, "certs");
    cr_expect_not(find(&w, NULL));
    remove_file(&w, w.root, "certs");
    close_world(&w);
}

Test(certificates, a_hashed_directory_of_the_system_is_taken)
{
    struct world w;

    open_world(&w);
    make_dir(w.hashed);
    make_file(&w, w.hashed, "4042bcee.0");
    make_file(&w, w.root, "bundle.pem");
    cr_expect(find(&w, NULL));
    cr_expect_str_eq(w.found.dir, w.hashed);
    cr_expect_null(w.found.file);
    close_world(&w);
}

Test(certificates, a_directory_without_hashed_names_is_passed_over)
{
    struct world w;

    open_world(&w);
    make_dir(w.hashed);
    make_file(&w, w.hashed, "ca-bundle.crt");
    make_file(&w, w.hashed, "4042bcee.crt");
    make_file(&w, w.hashed, "4042bcee-0");
    make_file(&w, w.root, "bundle.pem");
    cr_expect(find(&w, NULL));
    cr_expect_str_eq(w.found.file, w.bundle);
    cr_expect_null(w.found.dir);
    close_world(&w);
}

Test(certificates, nothing_is_found_where_nothing_is)
{
    struct world w;

    open_world(&w);
    cr_expect_not(find(&w, NULL));
    cr_expect_null(w.found.file);
    cr_expect_null(w.found.dir);
    close_world(&w);
}

Test(certificates, a_program_called_without_a_directory_looks_where_it_is)
{
    struct world w;
    char before[PATH_MAX];

    open_world(&w);
    make_dir(w.certs);
    cr_assert(getcwd(before, sizeof(before)));
    cr_assert_eq(chdir(w.root), 0);
    cr_expect(certificates_find(&w.found, NULL, "bootstrap", w.places, 2));
    cr_expect_str_eq(w.found.dir, "certs");
    cr_assert_eq(chdir(before), 0);
    close_world(&w);
}

Test(certificates, a_path_that_does_not_fit_is_not_cut)
{
    struct world w;
    char program[2 * PROGRAM_PATH_MAX];

    open_world(&w);
    memset(program, '/', sizeof(program));
    program[sizeof(program) - 1] = '\0';
    cr_expect_not(certificates_find(&w.found, NULL, program, w.places, 2));
    close_world(&w);
}
