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
static struct {
    char root[64];
    char program[128];
    char certs[128];
    char hashed[128];
    char bundle[128];
    char path[256];
    struct certificates_place places[2];
    struct certificates found;
} world;

static void open_world(void)
{
    (void)snprintf(world.root, sizeof(world.root), "/tmp/certificates-XXXXXX");
    cr_assert(mkdtemp(world.root));
    (void)snprintf(world.program, sizeof(world.program), "%s/bootstrap",
                   world.root);
    (void)snprintf(world.certs, sizeof(world.certs), "%s/certs", world.root);
    (void)snprintf(world.hashed, sizeof(world.hashed), "%s/hashed", world.root);
    (void)snprintf(world.bundle, sizeof(world.bundle), "%s/bundle.pem",
                   world.root);
    world.places[0] =
        (struct certificates_place){.path = world.hashed, .hashed = true};
    world.places[1] = (struct certificates_place){.path = world.bundle};
}

static void make_dir(const char *path)
{
    cr_assert_eq(mkdir(path, 0700), 0);
}

static void make_file(const char *dir, const char *name)
{
    FILE *file;

    (void)snprintf(world.path, sizeof(world.path), "%s/%s", dir, name);
    file = fopen(world.path, "w");
    cr_assert(file);
    cr_assert_eq(fclose(file), 0);
}

static void remove_file(const char *dir, const char *name)
{
    (void)snprintf(world.path, sizeof(world.path), "%s/%s", dir, name);
    (void)unlink(world.path);
}

static void close_world(void)
{
    remove_file(world.hashed, "4042bcee.0");
    remove_file(world.hashed, "ca-bundle.crt");
    remove_file(world.hashed, "4042bcee.crt");
    remove_file(world.hashed, "4042bcee-0");
    (void)unlink(world.bundle);
    (void)rmdir(world.certs);
    (void)rmdir(world.hashed);
    cr_expect_eq(rmdir(world.root), 0);
}

static bool find(const char *ca_file)
{
    return certificates_find(&world.found, ca_file, world.program, world.places,
                             2);
}

Test(certificates, a_bundle_that_was_named_wins)
{
    open_world();
    make_dir(world.certs);
    make_file(world.root, "bundle.pem");
    cr_expect(find("/named.pem"));
    cr_expect_str_eq(world.found.file, "/named.pem");
    cr_expect_null(world.found.dir);
    close_world();
}

Test(certificates, the_directory_beside_the_program_comes_before_the_systems)
{
    open_world();
    make_dir(world.certs);
    make_dir(world.hashed);
    make_file(world.hashed, "4042bcee.0");
    cr_expect(find(NULL));
    cr_expect_str_eq(world.found.dir, world.certs);
    cr_expect_null(world.found.file);
    close_world();
}

Test(certificates, a_file_called_certs_is_no_directory)
{
    open_world();
    make_file(world.root, "certs");
    cr_expect_not(find(NULL));
    remove_file(world.root, "certs");
    close_world();
}

Test(certificates, a_hashed_directory_of_the_system_is_taken)
{
    open_world();
    make_dir(world.hashed);
    make_file(world.hashed, "4042bcee.0");
    make_file(world.root, "bundle.pem");
    cr_expect(find(NULL));
    cr_expect_str_eq(world.found.dir, world.hashed);
    cr_expect_null(world.found.file);
    close_world();
}

Test(certificates, a_directory_without_hashed_names_is_passed_over)
{
    open_world();
    make_dir(world.hashed);
    make_file(world.hashed, "ca-bundle.crt");
    make_file(world.hashed, "4042bcee.crt");
    make_file(world.hashed, "4042bcee-0");
    make_file(world.root, "bundle.pem");
    cr_expect(find(NULL));
    cr_expect_str_eq(world.found.file, world.bundle);
    cr_expect_null(world.found.dir);
    close_world();
}

Test(certificates, nothing_is_found_where_nothing_is)
{
    open_world();
    cr_expect_not(find(NULL));
    cr_expect_null(world.found.file);
    cr_expect_null(world.found.dir);
    close_world();
}

Test(certificates, a_program_called_without_a_directory_looks_where_it_is)
{
    char before[PATH_MAX];

    open_world();
    make_dir(world.certs);
    cr_assert(getcwd(before, sizeof(before)));
    cr_assert_eq(chdir(world.root), 0);
    cr_expect(
        certificates_find(&world.found, NULL, "bootstrap", world.places, 2));
    cr_expect_str_eq(world.found.dir, "certs");
    cr_assert_eq(chdir(before), 0);
    close_world();
}

Test(certificates, a_path_that_does_not_fit_is_not_cut)
{
    char program[2 * PROGRAM_PATH_MAX];

    open_world();
    memset(program, '/', sizeof(program));
    program[sizeof(program) - 1] = '\0';
    cr_expect_not(
        certificates_find(&world.found, NULL, program, world.places, 2));
    close_world();
}
