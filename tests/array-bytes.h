/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * For tests of array files: files put together byte by byte, by nothing that the program itself uses, and a
 * loader of bytes that expects a sentence.
 */
#include "engine/data/data.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KD_TEST_SANITIZED 1
#elif defined(__has_feature)
#define KD_TEST_SANITIZED (__has_feature (address_sanitizer) || __has_feature (thread_sanitizer))
#else
#define KD_TEST_SANITIZED 0
#endif

/* A header that lies about sizes must not become an allocation: more than a GiB of address space aborts the test.
 * (Sanitizers reserve terabytes, so not under them.) */
static inline void
limit_memory (void)
{
#if !KD_TEST_SANITIZED
  g_assert_cmpint (setrlimit (RLIMIT_AS, &(struct rlimit){ 1 << 30, 1 << 30 }), ==, 0);
#endif
}

static inline char *
test_folder (void)
{
  char *folder = g_dir_make_tmp ("kdscope-test-XXXXXX", NULL);
  g_assert_nonnull (folder);
  return folder;
}

static inline void
put (GByteArray *bytes, const void *data, size_t size)
{
  g_byte_array_append (bytes, data, (guint) size);
}

static inline void
put_number (GByteArray *bytes, uint64_t number, int size)
{
  for (int i = 0; i < size; i++, number >>= 8)
    put (bytes, &(uint8_t){ (uint8_t) number }, 1);
}

static inline uint32_t
crc32_of (const uint8_t *bytes, size_t size)
{
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/* A .npy array; @version 1..3; @header without padding. */
static inline GByteArray *
npy_bytes (int version, const char *header, const void *items, size_t n_items)
{
  GByteArray *bytes = g_byte_array_new ();
  put (bytes, "\x93NUMPY", 6);
  put_number (bytes, (uint64_t) version, 1);
  put_number (bytes, 0, 1);
  put_number (bytes, strlen (header), version == 1 ? 2 : 4);
  put (bytes, header, strlen (header));
  put (bytes, items, n_items);
  return bytes;
}

/* A zip of stored members, numbers as they should be. The fields that tests spoil are found by their offsets. */
typedef struct {
  GByteArray *bytes, *directory;
  int n_members;
} Zip;

static inline void
zip_init (Zip *zip)
{
  *zip = (Zip){ g_byte_array_new (), g_byte_array_new (), 0 };
}

/* What a zip's local header and directory entry have in common; @stated: the uncompressed size it claims. */
static inline void
zip_put_common (GByteArray *to,
                int method,
                const GByteArray *data,
                uint32_t crc,
                uint64_t stated,
                const char *name)
{
  put_number (to, 20, 2); /* version needed */
  put_number (to, 0, 2);  /* flags */
  put_number (to, (uint64_t) method, 2);
  put_number (to, 0x00210000, 4); /* time, date */
  put_number (to, crc, 4);
  put_number (to, data->len, 4);
  put_number (to, stated, 4);
  put_number (to, strlen (name), 2);
  put_number (to, 0, 2); /* extra */
}

static inline void
zip_add_as (Zip *zip, const char *name, GByteArray *data, int method, uint32_t crc, uint64_t stated)
{
  const guint offset = zip->bytes->len;
  put_number (zip->bytes, 0x04034b50, 4);
  zip_put_common (zip->bytes, method, data, crc, stated, name);
  put (zip->bytes, name, strlen (name));
  put (zip->bytes, data->data, data->len);

  put_number (zip->directory, 0x02014b50, 4);
  put_number (zip->directory, 20, 2); /* made by */
  zip_put_common (zip->directory, method, data, crc, stated, name);
  put_number (zip->directory, 0, 2); /* comment */
  put_number (zip->directory, 0, 2); /* disk */
  put_number (zip->directory, 0, 2); /* attributes */
  put_number (zip->directory, 0, 4);
  put_number (zip->directory, offset, 4);
  put (zip->directory, name, strlen (name));
  zip->n_members++;
  g_byte_array_unref (data);
}

/* Takes @data. */
static inline void
zip_add (Zip *zip, const char *name, GByteArray *data)
{
  zip_add_as (zip, name, data, 0, crc32_of (data->data, data->len), data->len);
}

static inline GByteArray *
zip_end (Zip *zip)
{
  const guint offset = zip->bytes->len;
  put (zip->bytes, zip->directory->data, zip->directory->len);
  put_number (zip->bytes, 0x06054b50, 4);
  put_number (zip->bytes, 0, 4);
  put_number (zip->bytes, (uint64_t) zip->n_members, 2);
  put_number (zip->bytes, (uint64_t) zip->n_members, 2);
  put_number (zip->bytes, zip->directory->len, 4);
  put_number (zip->bytes, offset, 4);
  put_number (zip->bytes, 0, 2);
  g_byte_array_unref (zip->directory);
  return zip->bytes;
}

static inline GByteArray *
safetensors_bytes (const char *header, const void *data, size_t size)
{
  GByteArray *bytes = g_byte_array_new ();
  put_number (bytes, strlen (header), 8);
  put (bytes, header, strlen (header));
  put (bytes, data, size);
  return bytes;
}

static inline KdArrays *
load_bytes (const char *folder, const GByteArray *bytes, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "d.bin", NULL);
  GError *write_error = NULL;
  g_file_set_contents (path, (const char *) bytes->data, (gssize) bytes->len, &write_error);
  g_assert_no_error (write_error);
  KdArrays *arrays = kd_arrays_load (path, error);
  g_unlink (path);
  return arrays;
}

/* Loading takes @bytes and fails with "<path>: <sentence>". */
static inline void
assert_refused (const char *folder, GByteArray *bytes, KdError code, const char *sentence)
{
  GError *error = NULL;
  g_autoptr (KdArrays) arrays = load_bytes (folder, bytes, &error);
  g_assert_null (arrays);
  g_assert_error (error, KD_ERROR, (int) code);
  g_autofree char *expected = g_strdup_printf ("%s/d.bin: %s", folder, sentence);
  g_assert_cmpstr (error->message, ==, expected);
  g_error_free (error);
  g_byte_array_unref (bytes);
}

/* A damaged copy: bytes changed, cut out, doubled, cut off. */
static inline GByteArray *
mutated (const GByteArray *good, KdRandom *random)
{
  GByteArray *bytes = g_byte_array_new ();
  put (bytes, good->data, good->len);
  for (int change = kd_random_int (random, 1, 4); change > 0 && bytes->len > 0; change--) {
    const guint at = (guint) kd_random_int (random, 0, (int) bytes->len - 1);
    const guint length = (guint) kd_random_int (random, 1, 16);
    const uint8_t odd[] = { 0, 1, '9', 0x7f, 0x80, 0xff, (uint8_t) kd_random_int (random, 0, 255) };
    const int kind = kd_random_int (random, 0, 15);
    if (kind == 0)
      g_byte_array_set_size (bytes, at);
    else if (kind == 1)
      g_byte_array_remove_range (bytes, at, MIN (bytes->len - at, length));
    else if (kind == 2)
      put (bytes, good->data + at % good->len, MIN (good->len - at % good->len, 64));
    else
      bytes->data[at] = odd[kd_random_int (random, 0, G_N_ELEMENTS (odd) - 1)];
  }
  return bytes;
}

/* Loads or is refused with a sentence; a crash or a wild allocation (see limit_memory ()) fails the test. Takes @bytes. */
static inline bool
survives (const char *folder, GByteArray *bytes)
{
  GError *error = NULL;
  g_autoptr (KdArrays) arrays = load_bytes (folder, bytes, &error);
  g_byte_array_unref (bytes);
  g_assert_true ((arrays == NULL) == (error != NULL));
  if (error)
    g_assert_cmpuint (error->domain, ==, KD_ERROR);
  g_clear_error (&error);
  return arrays != NULL;
}
