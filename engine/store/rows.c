// SPDX-License-Identifier: Apache-2.0
#include "dist/dispatch.h"
#include "store/layout.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LIVE_TEXTS 8

/// One live text column.
typedef struct live_text {
  hid_t dataset, type;
  size_t bytes;
} live_text;

typedef struct open_modality {
  hid_t x;
  hsize_t n_obs, n_var;
  bool live;
  live_text text[MAX_LIVE_TEXTS]; ///< in the order of STORE_LIVE_TEXTS
  int n_texts;
  hid_t n_voxels, volume_mm3;
} open_modality;

struct rc_store {
  char *path;
  MPI_Comm comm;
  rc_arena *arena;
  hid_t file;
  hid_t transfer; ///< independent transfers
  int64_t n;
  open_modality *modality;
};

static hid_t open_parallel(h5 *h, MPI_Comm comm) {
  hid_t access = h5_access(h), file = H5I_INVALID_HID;
  if (h->status == RC_OK && H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL) < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses parallel access");
  // Opening is collective: every rank tries, whatever happened to it before.
  file = H5Fopen(h->path, H5F_ACC_RDWR, access);
  if (file < 0)
    h5_fail(h, RC_ERR_IO, "cannot be opened by all ranks");
  h5_close(h, access);
  return file;
}

static hid_t open_column(h5 *h, hid_t obs, const char *name, hsize_t n_obs) {
  hsize_t n = 0;
  hid_t dataset = h5_open_dataset(h, obs, name, 1, &n);
  if (h->status == RC_OK && n != n_obs)
    h5_refuse(h, RC_ERR_FORMAT, "column '%s' has another length than its table", name);
  return dataset;
}

static void open_live_text(h5 *h, hid_t obs, const char *name, size_t bytes, open_modality *m) {
  live_text *column = &m->text[m->n_texts++];
  column->dataset = open_column(h, obs, name, m->n_obs);
  column->type = h5_fixed_text_type(h, bytes);
  column->bytes = bytes;
}

static void open_live_columns(h5 *h, hid_t obs, open_modality *m) {
#define X(member, name, bytes) open_live_text(h, obs, name, bytes, m);
  STORE_LIVE_TEXTS(X)
#undef X
  m->n_voxels = open_column(h, obs, STORE_LIVE_VOXELS, m->n_obs);
  m->volume_mm3 = open_column(h, obs, STORE_LIVE_VOLUME, m->n_obs);
}

static void open_one(h5 *h, hid_t mods, const char *name, open_modality *m) {
  hsize_t size[2] = {0, 0};
  hid_t group = h5_open(h, mods, name, H5I_GROUP);
  hid_t obs = h5_open(h, group, STORE_OBS, H5I_GROUP);
  m->x = h5_open_dataset(h, group, STORE_X, 2, size);
  m->n_obs = size[0];
  m->n_var = size[1];
  m->live = h5_has(h, obs, STORE_LIVE_VOXELS) && h5_has(h, obs, STORE_LIVE_VOLUME);
  if (m->live)
    open_live_columns(h, obs, m);
  h5_close(h, obs);
  h5_close(h, group);
}

static void open_modalities(h5 *h, rc_store *s) {
  rc_texts names = store_get_modalities(h, s->file);
  hid_t mods = h5_open(h, s->file, STORE_MOD, H5I_GROUP);
  s->modality = rc_arena_alloc(s->arena, (size_t)names.n, sizeof *s->modality);
  if (s->modality == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0; h->status == RC_OK && m < names.n; m++, s->n++)
    open_one(h, mods, names.item[m], &s->modality[m]);
  h5_close(h, mods);
}

static void release(rc_store *s) {
  if (s == NULL)
    return;
  rc_arena_destroy(s->arena);
  free(s->path);
  free(s);
}

rc_status rc_store_open(const char *path, MPI_Comm comm, rc_store **out, rc_error *err) {
  *out = NULL;
  rc_status status = RC_OK;
  rc_store *s = calloc(1, sizeof *s);
  if (s != NULL) {
    s->comm = comm;
    s->file = s->transfer = H5I_INVALID_HID;
    s->arena = rc_arena_create(0);
    s->path = strdup(path);
  }
  if (s == NULL || s->arena == NULL || s->path == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  status = rc_agree(comm, status, err);
  if (status != RC_OK) {
    release(s);
    return status;
  }
  h5 h = {.path = s->path, .err = err, .arena = s->arena, .budget = UINT64_MAX >> 8};
  s->file = open_parallel(&h, comm);
  if (rc_agree(comm, h.status, err) == RC_OK) {
    open_modalities(&h, s);
    s->transfer = H5Pcreate(H5P_DATASET_XFER);
    if (s->transfer < 0 || H5Pset_dxpl_mpio(s->transfer, H5FD_MPIO_INDEPENDENT) < 0)
      h5_fail(&h, RC_ERR_INTERNAL, "HDF5 refuses independent writes");
  }
  status = rc_agree(comm, h.status, err);
  if (status != RC_OK) {
    (void)rc_store_close(s, NULL);
    return status;
  }
  *out = s;
  return RC_OK;
}

/// Writes `count` elements at row `row` of a dataset of one or two dimensions.
static void write_at(h5 *h, const rc_store *s, hid_t dataset, hid_t type, int rank, hsize_t row,
                     hsize_t count, const void *data) {
  const hsize_t start[2] = {row, 0}, size[2] = {1, count};
  if (h->status != RC_OK || count == 0)
    return;
  hid_t file_space = H5Dget_space(dataset), memory_space = H5Screate_simple(1, &count, NULL);
  if (file_space < 0 || memory_space < 0 || H5Sget_simple_extent_ndims(file_space) != rank ||
      H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, size, NULL) < 0 ||
      H5Dwrite(dataset, type, memory_space, file_space, s->transfer, data) < 0)
    h5_fail(h, RC_ERR_IO, "writing a row failed");
  h5_close(h, memory_space);
  h5_close(h, file_space);
}

/// Whole UTF-8 characters of `text` that fit, control characters as blanks, padded with NUL.
static void fit_text(char *out, size_t bytes, const char *text) {
  size_t used = 0;
  memset(out, 0, bytes);
  while (text != NULL && *text != '\0') {
    size_t n = rc_utf8_length(text), length = n == 0 ? 1 : n;
    if (used + length > bytes)
      return;
    if (n == 0 || (unsigned char)*text < 0x20)
      out[used] = n == 0 ? '?' : ' ';
    else
      memcpy(out + used, text, length);
    used += length;
    text += length;
  }
}

static void write_live(h5 *h, const rc_store *s, const open_modality *m, hsize_t row,
                       const rc_store_row *live) {
  int i = 0;
#define X(member, name, size)                                                                      \
  {                                                                                                \
    char text[size];                                                                               \
    fit_text(text, sizeof text, live->member);                                                     \
    write_at(h, s, m->text[i].dataset, m->text[i].type, 1, row, 1, text);                          \
    i++;                                                                                           \
  }
  STORE_LIVE_TEXTS(X)
#undef X
  if (h->status != RC_OK)
    return;
  write_at(h, s, m->n_voxels, H5T_NATIVE_INT64, 1, row, 1, &live->n_voxels);
  write_at(h, s, m->volume_mm3, H5T_NATIVE_DOUBLE, 1, row, 1, &live->volume_mm3);
}

rc_status rc_store_write_row(rc_store *store, int64_t modality, int64_t row, const double *x,
                             const rc_store_row *live, rc_error *err) {
  h5 h = {.path = store->path, .err = err};
  if (modality < 0 || modality >= store->n)
    return rc_fail(err, RC_ERR_INTERNAL, "%s: there is no modality %lld", store->path,
                   (long long)modality);
  const open_modality *m = &store->modality[modality];
  if (row < 0 || (hsize_t)row >= m->n_obs || (live != NULL && !m->live))
    return rc_fail(err, RC_ERR_INTERNAL, "%s: row %lld cannot be written", store->path,
                   (long long)row);
  write_at(&h, store, m->x, H5T_NATIVE_DOUBLE, 2, (hsize_t)row, m->n_var, x);
  // The numbers come before the status: after a kill, a row that says "ok" is complete in X.
  if (live != NULL)
    write_live(&h, store, m, (hsize_t)row, live);
  return h.status;
}

static void close_modality(h5 *h, const open_modality *m) {
  h5_close(h, m->x > 0 ? m->x : H5I_INVALID_HID);
  for (int i = 0; i < m->n_texts; i++) {
    h5_close(h, m->text[i].dataset);
    h5_close(h, m->text[i].type);
  }
  if (m->live) {
    h5_close(h, m->n_voxels > 0 ? m->n_voxels : H5I_INVALID_HID);
    h5_close(h, m->volume_mm3 > 0 ? m->volume_mm3 : H5I_INVALID_HID);
  }
}

rc_status rc_store_close(rc_store *store, rc_error *err) {
  if (store == NULL)
    return RC_OK;
  h5 h = {.path = store->path, .err = err};
  MPI_Comm comm = store->comm;
  for (int64_t m = 0; m < store->n; m++)
    close_modality(&h, &store->modality[m]);
  h5_close(&h, store->transfer);
  h5_close_file(&h, store->file);
  release(store);
  return rc_agree(comm, h.status, err);
}
