/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"
#include "engine/data/npy.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <zip.h>

/* Deflate cannot shrink more than 1032 times; a header that says so lies. */
#define MAX_DEFLATE_RATIO 1100

/* MS-DOS date 1980-01-01, time 0: the same arrays make the same file whenever they are written. */
#define DOS_EPOCH_DATE 0x21

/* From here on members are read by several threads. */
#define LARGE_BYTES (8u << 20)
#define MOST_READERS 3 /* beside the one that asks */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_t, zip_discard)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_file_t, zip_fclose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_source_t, zip_source_free)

/* A member of which the header has been looked at and nothing else has been believed. */
typedef struct {
  const char *path;
  const char *name; /* without .npy */
  zip_file_t *file;
  size_t size;       /* uncompressed, as the container says */
  size_t compressed; /* bytes in the file */
  const KdArrayWish *wish;
} Member;

/* So often does who waits learn how far it is, and is asked whether to go on. */
#define BLOCK_BYTES ((size_t) 1 << 20)

/* Exactly @size bytes at @to. */
static bool
read_exactly (const Member *member, uint8_t *to, size_t size, GError **error)
{
  size_t done = 0;
  while (done < size) {
    const zip_int64_t n = zip_fread (member->file, to + done, MIN (size - done, BLOCK_BYTES));
    if (n < 0)
      return kd_data_fail (error, KD_ERROR_FORMAT, _ ("%s: %s: the member is damaged: %s"),
                           member->path, member->name, zip_file_strerror (member->file));
    if (n == 0)
      return kd_data_fail (
          error, KD_ERROR_FORMAT,
          _ ("%s: %s: expected %zu bytes as the container says, found the end before"),
          member->path, member->name, member->size);
    done += (size_t) n;
    if (!kd_reading_advance (member->wish->reading, (size_t) n, error))
      return false;
  }
  return true;
}

/* Reading on past the last byte makes libzip compare the checksum. */
static bool
check_end (const Member *member, GError **error)
{
  uint8_t more;
  const zip_int64_t n = zip_fread (member->file, &more, 1);
  if (n < 0)
    return kd_data_fail (error, KD_ERROR_FORMAT, _ ("%s: %s: the member is damaged: %s"),
                         member->path, member->name, zip_file_strerror (member->file));
  if (n > 0)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: %s: expected %zu bytes as the container says, found more"),
                         member->path, member->name, member->size);
  return true;
}

/*
 * @n_bytes of the items, which begin at @offset; @start is the member's beginning. Memory grows with what has really been inflated, not
 * with what a header claims.
 */
static uint8_t *
read_items (
    const Member *member, const GByteArray *start, size_t offset, size_t n_bytes, GError **error)
{
  size_t done = MIN (start->len - offset, n_bytes), capacity = done;
  g_autofree uint8_t *bytes = g_malloc (MAX (done, 1));
  memcpy (bytes, start->data + offset, done);
  while (done < n_bytes) {
    capacity = MIN (n_bytes, MAX (2 * capacity, member->compressed));
    uint8_t *grown = g_try_realloc (bytes, capacity);
    if (!grown) {
      kd_data_fail (error, KD_ERROR_SYSTEM, _ ("%s: %s: no memory for its %zu bytes"), member->path,
                    member->name, n_bytes);
      return NULL;
    }
    bytes = grown;
    if (!read_exactly (member, bytes + done, capacity - done, error))
      return NULL;
    done = capacity;
  }
  return g_steal_pointer (&bytes);
}

/* What is wanted of it: @header becomes that of the part. False: nothing. */
static bool
choose_part (const Member *member, KdNpyHeader *header, bool *whole)
{
  const KdArrayWish *wish = member->wish;
  const KdWant want =
      wish->want ? wish->want (member->name, &header->raw, wish->data) : KD_WANT_ALL;
  const bool in_order = !header->raw.fortran_order && header->raw.rank > 1;
  *whole = want == KD_WANT_ALL || !in_order || header->raw.dims[0] < 2;
  if (want != KD_WANT_NOTHING && !*whole) {
    header->n_bytes /= (size_t) header->raw.dims[0];
    header->raw.dims[0] = 1;
  }
  return want != KD_WANT_NOTHING;
}

/* NULL without an error: it is not wanted. */
static KdArray *
read_array (const Member *member, GError **error)
{
  g_autoptr (GByteArray) start = g_byte_array_new ();
  g_byte_array_set_size (start, (guint) MIN (member->size, KD_NPY_MAX_HEADER));
  if (!read_exactly (member, start->data, start->len, error))
    return NULL;
  KdNpyHeader header;
  if (!kd_npy_parse (member->path, member->name, start->data, start->len, &header, error))
    return NULL;
  if (header.n_bytes != member->size - header.data_offset) {
    kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected %zu bytes of items by its header, found %zu in the container"),
        member->path, member->name, header.n_bytes, member->size - header.data_offset);
    return NULL;
  }
  bool whole;
  if (!choose_part (member, &header, &whole))
    return NULL;
  g_autofree uint8_t *items = read_items (member, start, header.data_offset, header.n_bytes, error);
  if (!items || (whole && !check_end (member, error)))
    return NULL;
  return kd_npy_take (member->path, member->name, &header, g_steal_pointer (&items), error);
}

/* What the directory says about a member, before a byte of it is read. */
static bool
check_entry (const char *path, const char *name, const zip_stat_t *stat, GError **error)
{
  if (stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE)
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected a stored or deflated member, found compression method %d"), path, name,
        stat->comp_method);
  const bool lies = stat->comp_method == ZIP_CM_STORE
                        ? stat->size != stat->comp_size
                        : stat->size / MAX_DEFLATE_RATIO > stat->comp_size;
  if (lies)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: %s: the container says %" PRIu64 " bytes, which %" PRIu64
                            " compressed bytes cannot hold"),
                         path, name, (uint64_t) stat->size, (uint64_t) stat->comp_size);
  return true;
}

/* The array's name: the member's without its ending. */
static char *
array_name (const char *path, GHashTable *names, const zip_stat_t *stat, GError **error)
{
  if (!g_str_has_suffix (stat->name, ".npy")) {
    g_autofree char *shown = g_strescape (stat->name, NULL);
    kd_data_fail (error, KD_ERROR_FORMAT,
                  _ ("%s: expected only .npy members as numpy.savez writes them, found \"%s\""),
                  path, shown);
    return NULL;
  }
  g_autofree char *name = g_strndup (stat->name, strlen (stat->name) - strlen (".npy"));
  if (!kd_array_name_check (path, name, error))
    return NULL;
  if (g_hash_table_contains (names, name)) {
    kd_data_fail (error, KD_ERROR_FORMAT, _ ("%s: %s: expected each name once, found it twice"),
                  path, name);
    return NULL;
  }
  return g_steal_pointer (&name);
}

/* One member of the list: its name is sound, its place in the result is that in the file. */
typedef struct {
  char *name;
  zip_stat_t stat;
  KdArray *array; /* NULL: not read yet, or an error */
  GError *error;
} Entry;

static void
clear_entry (gpointer data)
{
  Entry *entry = data;
  g_free (entry->name);
  kd_array_free (entry->array);
  g_clear_error (&entry->error);
}

static void
read_member (zip_t *zip, const char *path, const KdArrayWish *wish, Entry *entry)
{
  g_autoptr (zip_file_t) file = zip_fopen_index (zip, entry->stat.index, 0);
  if (!file) {
    kd_data_fail (&entry->error, KD_ERROR_FORMAT, _ ("%s: %s: the member cannot be opened: %s"),
                  path, entry->name, zip_strerror (zip));
    return;
  }
  const Member member = {
    path, entry->name, file, (size_t) entry->stat.size, (size_t) entry->stat.comp_size, wish
  };
  entry->array = read_array (&member, &entry->error);
}

/* Readers take the next member each until there is none, or one of them met an error that ends it all. */
typedef struct {
  const char *path;
  const KdArrayWish *wish;
  GArray *entries; /* Entry */
  atomic_uint next;
  atomic_bool failed;
} Reading;

static void
read_members (Reading *reading, zip_t *zip)
{
  guint i;
  while (!atomic_load (&reading->failed) &&
         (i = atomic_fetch_add (&reading->next, 1)) < reading->entries->len) {
    Entry *entry = &g_array_index (reading->entries, Entry, i);
    read_member (zip, reading->path, reading->wish, entry);
    const bool goes_on =
        reading->wish->refused && g_error_matches (entry->error, KD_ERROR, KD_ERROR_FORMAT);
    if (entry->error && !goes_on)
      atomic_store (&reading->failed, true);
  }
}

/* With a container of its own: libzip's are of one thread. Without one, the others read all. */
static void *
read_beside (void *data)
{
  Reading *reading = data;
  g_autoptr (zip_t) zip = zip_open (reading->path, ZIP_RDONLY, NULL);
  if (zip)
    read_members (reading, zip);
  return NULL;
}

/* Inflating is most of the time a large file takes, and members do not depend on each other. */
static void
read_all (Reading *reading, zip_t *zip, uint64_t bytes)
{
  pthread_t readers[MOST_READERS];
  int n = 0;
  const int wanted =
      bytes < LARGE_BYTES ? 0 : MIN (MOST_READERS, (int) g_get_num_processors () - 1);
  while (n < wanted && pthread_create (&readers[n], NULL, read_beside, reading) == 0)
    n++;
  read_members (reading, zip);
  for (int i = 0; i < n; i++)
    pthread_join (readers[i], NULL);
}

/* Members may not share compressed bytes: a small file that lists one bomb many times is refused. */
static bool
check_sizes (zip_t *zip, const char *path, GError **error)
{
  const zip_uint64_t needed =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  const zip_int64_t n_entries = zip_get_num_entries (zip, 0);
  zip_uint64_t sum = 0;
  for (zip_int64_t i = 0; i < n_entries; i++) {
    zip_stat_t stat;
    if (zip_stat_index (zip, (zip_uint64_t) i, 0, &stat) != 0 || (stat.valid & needed) != needed ||
        __builtin_add_overflow (sum, stat.comp_size, &sum))
      return kd_data_fail (error, KD_ERROR_FORMAT,
                           _ ("%s: the container's list of members is damaged"), path);
  }
  GStatBuf status;
  if (g_stat (path, &status) != 0 || sum > (zip_uint64_t) status.st_size)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: the container's members claim more bytes than the file has"),
                         path);
  return true;
}

/* The directory, all of it checked before a member is read. */
static bool
list_members (zip_t *zip, const char *path, GArray *entries, uint64_t *bytes, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const zip_int64_t n_entries = zip_get_num_entries (zip, 0);
  *bytes = 0;
  for (zip_int64_t i = 0; i < n_entries; i++) {
    Entry entry = { 0 };
    if (zip_stat_index (zip, (zip_uint64_t) i, 0, &entry.stat) != 0)
      return kd_data_fail (error, KD_ERROR_FORMAT,
                           _ ("%s: the container's list of members is damaged"), path);
    entry.name = array_name (path, names, &entry.stat, error);
    if (!entry.name)
      return false;
    g_array_append_val (entries, entry);
    g_hash_table_add (names, entry.name);
    if (!check_entry (path, entry.name, &entry.stat, error))
      return false;
    *bytes += entry.stat.comp_size;
  }
  return true;
}

/* What was read, in the file's order. */
static KdArrays *
gather (const char *path, const KdArrayWish *wish, GArray *entries, GError **error)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (guint i = 0; i < entries->len; i++) {
    Entry *entry = &g_array_index (entries, Entry, i);
    if (entry->error && !kd_array_wish_refuse (wish, path, entry->name, &entry->error)) {
      g_propagate_error (error, g_steal_pointer (&entry->error));
      return NULL;
    }
    if (entry->array) /* without one, it is not wanted, or an error follows */
      kd_arrays_add (arrays, g_steal_pointer (&entry->array));
  }
  return g_steal_pointer (&arrays);
}

KdArrays *
kd_npz_read (const char *path, const KdArrayWish *wish, GError **error)
{
  int code = 0;
  g_autoptr (zip_t) zip = zip_open (path, ZIP_RDONLY, &code);
  if (!zip) {
    zip_error_t zip_error;
    zip_error_init_with_code (&zip_error, code);
    kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: the .npz container is damaged or cut off (%s); copy or save the file again"), path,
        zip_error_strerror (&zip_error));
    zip_error_fini (&zip_error);
    return NULL;
  }
  if (!check_sizes (zip, path, error))
    return NULL;
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  g_array_set_clear_func (entries, clear_entry);
  uint64_t bytes;
  if (!list_members (zip, path, entries, &bytes, error))
    return NULL;
  for (guint i = 0; wish->reading && !wish->want && i < entries->len; i++)
    atomic_fetch_add (&wish->reading->total, (size_t) g_array_index (entries, Entry, i).stat.size);
  Reading reading = { .path = path, .wish = wish, .entries = entries };
  read_all (&reading, zip, bytes);
  return gather (path, wish, entries, error);
}

/* ---- writing ---- */

static bool
add_member (zip_t *zip, const KdArray *array)
{
  g_autoptr (GByteArray) npy = kd_npy_encode (array);
  g_autofree char *name = g_strconcat (array->name, ".npy", NULL);
  const gsize size = npy->len;
  /* The buffer must live until the container is closed, so libzip frees it, with the free () of g_malloc. */
  uint8_t *bytes = g_byte_array_steal (npy, NULL);
  zip_source_t *source = zip_source_buffer (zip, bytes, size, 1);
  if (!source) {
    g_free (bytes);
    return false;
  }
  const zip_int64_t index = zip_file_add (zip, name, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free (source);
    return false;
  }
  return zip_file_set_dostime (zip, (zip_uint64_t) index, 0, DOS_EPOCH_DATE, 0) == 0;
}

static GByteArray *
source_bytes (zip_source_t *source)
{
  zip_stat_t stat;
  if (zip_source_stat (source, &stat) != 0 || stat.size > G_MAXINT32 ||
      zip_source_open (source) != 0)
    return NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_set_size (bytes, (guint) stat.size);
  const zip_int64_t n = zip_source_read (source, bytes->data, bytes->len);
  zip_source_close (source);
  return n == (zip_int64_t) bytes->len ? g_steal_pointer (&bytes) : NULL;
}

/* libzip writes no file for a container without members; this is its end record, all counts zero. */
static GByteArray *
empty_container (void)
{
  static const uint8_t end_record[22] = { 'P', 'K', 5, 6 };
  return g_byte_array_append (g_byte_array_new (), end_record, sizeof end_record);
}

GByteArray *
kd_npz_encode (const KdArrays *arrays, const char *path, GError **error)
{
  if (kd_arrays_count (arrays) == 0)
    return empty_container ();
  g_autoptr (zip_source_t) source = zip_source_buffer_create (NULL, 0, 0, NULL);
  g_autoptr (zip_t) zip = source ? zip_open_from_source (source, ZIP_TRUNCATE, NULL) : NULL;
  bool ok = zip != NULL;
  if (ok) /* the container takes one reference; the result is read through the other */
    zip_source_keep (source);
  for (int i = 0; ok && i < kd_arrays_count (arrays); i++)
    ok = add_member (zip, kd_arrays_at (arrays, i));
  ok = ok && zip_close (zip) == 0;
  if (!ok) {
    kd_data_fail (error, KD_ERROR_SYSTEM, _ ("%s: cannot compress the arrays: %s"), path,
                  zip ? zip_strerror (zip) : _ ("no memory"));
    return NULL;
  }
  zip = NULL; /* zip_close () freed it */
  GByteArray *bytes = source_bytes (source);
  if (!bytes)
    kd_data_fail (error, KD_ERROR_SYSTEM, _ ("%s: cannot collect the compressed arrays"), path);
  return bytes;
}
