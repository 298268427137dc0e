// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CREATOR "radcohort"

/// What makes Python take the file for its own, as far as HDF5 does not see it.
static const char userblock[] =
    "MuData (format-version=0.1.0;creator=" CREATOR ";creator-version=" RC_STORE_VERSION ")";

/// One row or column name of one modality, on its way into the union of all.
typedef struct entry {
  const char *name;
  int64_t modality, row;
  int64_t at;     ///< position in the sequence of all names
  int64_t global; ///< place in the union
} entry;

typedef struct naming {
  entry *entry;
  int64_t n;        ///< names of all modalities
  const char **all; ///< the union, in order of first appearance
  int64_t n_all;
} naming;

static int by_name(const void *a, const void *b) {
  const entry *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_position(const void *a, const void *b) {
  const entry *x = a, *y = b;
  return (x->at > y->at) - (x->at < y->at);
}

/// Names sorted: finds for each the position of its first appearance (kept in `global` for now) and
/// refuses a name that a modality has twice.
static void find_first(h5 *h, naming *all, const rc_store_modality *modality, const char *what) {
  for (int64_t i = 0; i < all->n; i++) {
    entry *e = &all->entry[i];
    const entry *before = i > 0 ? e - 1 : NULL;
    bool same = before != NULL && strcmp(before->name, e->name) == 0;
    e->global = same ? before->global : e->at;
    if (same && before->modality == e->modality)
      h5_refuse(h, RC_ERR_FORMAT, "modality '%.80s' has the %s name '%.200s' twice",
                modality[e->modality].name, what, e->name);
  }
}

static void unite(h5 *h, naming *all, const rc_store_modality *modality, const char *what) {
  if (h->status != RC_OK)
    return;
  int64_t *place = rc_arena_alloc(h->arena, (size_t)all->n, sizeof *place);
  all->all = rc_arena_alloc(h->arena, (size_t)all->n, sizeof *all->all);
  if (place == NULL || all->all == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return;
  }
  qsort(all->entry, (size_t)all->n, sizeof *all->entry, by_name);
  find_first(h, all, modality, what);
  qsort(all->entry, (size_t)all->n, sizeof *all->entry, by_position);
  for (int64_t i = 0; i < all->n; i++) {
    entry *e = &all->entry[i];
    if (e->global == e->at) {
      place[i] = all->n_all;
      all->all[all->n_all++] = e->name;
    }
    e->global = place[e->global];
  }
}

static const rc_frame *axis_of(const rc_store_modality *modality, bool rows) {
  return rows ? modality->obs : modality->var;
}

/// The union of row names (`rows`) or of column names over all modalities.
static naming name_axis(h5 *h, const rc_store_modality *modality, int64_t n, bool rows) {
  naming all = {0};
  for (int64_t m = 0; m < n; m++)
    all.n += axis_of(&modality[m], rows)->n_rows;
  all.entry = rc_arena_alloc(h->arena, (size_t)all.n, sizeof *all.entry);
  if (all.entry == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0, at = 0; h->status == RC_OK && m < n; m++) {
    const rc_frame *frame = axis_of(&modality[m], rows);
    for (int64_t i = 0; h->status == RC_OK && i < frame->n_rows; i++, at++) {
      const char *name = h5_clean(h, frame->index[i]);
      all.entry[at] = (entry){name, m, i, at, 0};
    }
  }
  unite(h, &all, modality, rows ? "row" : "column");
  return all;
}

/// /obsmap and /obsm (or var's): per modality, the 1-based row of each global name, 0 where it is
/// absent, and whether it is present.
static void put_maps(h5 *h, hid_t file, const naming *all, const rc_store_modality *modality,
                     int64_t n, const char *map_name, const char *flags_name) {
  const signed char no = 0, yes = 1;
  hsize_t size[2] = {(hsize_t)all->n_all, 1};
  hid_t maps = h5_make_group(h, file, map_name, H5_DICT);
  hid_t flags = h5_make_group(h, file, flags_name, H5_DICT);
  uint32_t *map = rc_arena_alloc(h->arena, (size_t)all->n_all, sizeof *map);
  signed char *flag = rc_arena_alloc(h->arena, (size_t)all->n_all, 1);
  hid_t boolean = h->status == RC_OK ? H5Tenum_create(H5T_STD_I8LE) : H5I_INVALID_HID;
  if (h->status == RC_OK && (boolean < 0 || H5Tenum_insert(boolean, "FALSE", &no) < 0 ||
                             H5Tenum_insert(boolean, "TRUE", &yes) < 0))
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses the boolean type");
  if (map == NULL || flag == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0, at = 0; h->status == RC_OK && m < n; m++) {
    memset(map, 0, (size_t)all->n_all * sizeof *map);
    memset(flag, 0, (size_t)all->n_all);
    for (; at < all->n && all->entry[at].modality == m; at++) {
      map[all->entry[at].global] = (uint32_t)(all->entry[at].row + 1);
      flag[all->entry[at].global] = 1;
    }
    h5_put_array(h, maps, modality[m].name, H5T_STD_U32LE, H5T_NATIVE_UINT32, 1, size, map);
    h5_put_array(h, flags, modality[m].name, boolean, boolean, 2, size, flag);
  }
  h5_close(h, boolean);
  h5_close(h, flags);
  h5_close(h, maps);
}

static void put_axis(h5 *h, hid_t file, const rc_store_modality *modality, int64_t n, bool rows) {
  naming all = name_axis(h, modality, n, rows);
  rc_frame frame = {.n_rows = all.n_all, .index = all.all};
  if (h->status != RC_OK)
    return;
  store_put_frame(h, file, rows ? STORE_OBS : STORE_VAR, &frame, NULL, false);
  put_maps(h, file, &all, modality, n, rows ? STORE_OBSMAP : STORE_VARMAP, rows ? "obsm" : "varm");
  h5_make_dict(h, file, rows ? "obsp" : "varp");
}

static void set_encoder(h5 *h, hid_t object) {
  h5_set_text(h, object, "encoder", CREATOR);
  h5_set_text(h, object, "encoder-version", RC_STORE_VERSION);
}

static void put_modality(h5 *h, hid_t mods, const rc_store_modality *modality) {
  static const char *const dicts[] = {"layers", "obsm", "obsp", STORE_UNS, "varm", "varp"};
  const double nothing = NAN;
  hsize_t size[2] = {(hsize_t)modality->obs->n_rows, (hsize_t)modality->var->n_rows};
  hid_t group = h5_make_group(h, mods, modality->name, H5_ANNDATA);
  set_encoder(h, group);
  store_put_frame(h, group, STORE_OBS, modality->obs, NULL, modality->live_rows);
  store_put_frame(h, group, STORE_VAR, modality->var, NULL, false);
  for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++)
    h5_make_dict(h, group, dicts[i]);
  if (h->status == RC_OK && modality->x != NULL) {
    h5_put_array(h, group, STORE_X, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, size, modality->x);
  } else if (h->status == RC_OK) {
    hid_t x = h5_make_dataset(h, group, STORE_X, H5T_IEEE_F64LE, 2, size, &nothing);
    h5_set_encoding(h, x, H5_ARRAY);
    h5_close(h, x);
  }
  h5_close(h, group);
}

/// The modality with names that are one of a kind in the whole file and fit to be link names.
static rc_store_modality prepare(h5 *h, const rc_store_modality *given) {
  rc_store_modality m = *given;
  if (m.name == NULL || m.name[0] == '\0' || strcmp(m.name, ".") == 0 ||
      strchr(m.name, '/') != NULL)
    h5_refuse(h, RC_ERR_WORKFLOW, "a modality cannot be named '%.80s'",
              m.name == NULL ? "" : m.name);
  if (h->status != RC_OK)
    return m;
  m.name = h5_clean(h, m.name);
  rc_frame *var = rc_arena_alloc(h->arena, 1, sizeof *var);
  const char **index =
      rc_arena_alloc(h->arena, (size_t)given->var->n_rows, sizeof *given->var->index);
  bool full = var == NULL || index == NULL;
  for (int64_t i = 0; !full && i < given->var->n_rows; i++) {
    index[i] =
        rc_arena_printf(h->arena, "%s" RC_STORE_SEPARATOR "%s", m.name, given->var->index[i]);
    full = index[i] == NULL;
  }
  if (full) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return m;
  }
  *var = *given->var;
  var->index = index;
  m.var = var;
  return m;
}

static void put_modalities(h5 *h, hid_t file, const rc_store_modality *modality, int64_t n) {
  hid_t mods = h5_make_group(h, file, STORE_MOD, H5_DICT);
  const char **order = rc_arena_alloc(h->arena, (size_t)n, sizeof *order);
  if (order == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0; h->status == RC_OK && m < n; m++) {
    order[m] = modality[m].name;
    put_modality(h, mods, &modality[m]);
  }
  if (h->status == RC_OK)
    h5_set_texts(h, mods, H5_ATTR_MODALITIES, n, order);
  h5_close(h, mods);
}

static void put_fact(h5 *h, hid_t group, const rc_column *column) {
  const char *name = store_link_name(h, column->name);
  switch (column->type) {
  case RC_COLUMN_REAL:
    h5_put_real(h, group, name, column->real[0]);
    break;
  case RC_COLUMN_INT:
    h5_put_int(h, group, name, column->integer[0]);
    break;
  case RC_COLUMN_TEXT:
    h5_put_text(h, group, name, column->text[0]);
    break;
  }
}

static void put_uns(h5 *h, hid_t file, const rc_frame *facts) {
  hid_t uns = h5_make_group(h, file, STORE_UNS, H5_DICT);
  hid_t group = h5_make_group(h, uns, STORE_FACTS, H5_DICT);
  for (int64_t c = 0; facts != NULL && facts->n_rows > 0 && c < facts->n_columns; c++)
    put_fact(h, group, &facts->column[c]);
  h5_close(h, group);
  h5_close(h, uns);
}

static hid_t create_file(h5 *h) {
  hid_t access = h5_access(h), creation = H5Pcreate(H5P_FILE_CREATE), file = H5I_INVALID_HID;
  if (h->status == RC_OK && (creation < 0 || H5Pset_userblock(creation, H5_USERBLOCK) < 0 ||
                             H5Pset_obj_track_times(creation, false) < 0))
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its file settings");
  if (h->status == RC_OK) {
    file = H5Fcreate(h->path, H5F_ACC_TRUNC, creation, access);
    if (file < 0)
      h5_refuse(h, RC_ERR_IO, "cannot create the file: %s",
                errno == 0 ? "HDF5 refused" : strerror(errno));
  }
  h5_close(h, creation);
  h5_close(h, access);
  return file;
}

static void put_userblock(h5 *h) {
  if (h->status != RC_OK)
    return;
  int fd = open(h->path, O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && pwrite(fd, userblock, sizeof userblock, 0) == (ssize_t)sizeof userblock;
  if (fd >= 0 && close(fd) != 0)
    written = false;
  if (!written)
    h5_refuse(h, RC_ERR_IO, "writing the first bytes failed: %s", strerror(errno));
}

rc_status rc_store_create(const char *path, const rc_store_modality *modality, int64_t n,
                          const rc_frame *facts, rc_error *err) {
  h5 h = {.path = path, .err = err, .arena = rc_arena_create(0)};
  if (h.arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_store_modality *ready = rc_arena_alloc(h.arena, (size_t)n, sizeof *ready);
  if (ready == NULL)
    h5_refuse(&h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0; h.status == RC_OK && m < n; m++)
    ready[m] = prepare(&h, &modality[m]);
  errno = 0;
  hid_t file = create_file(&h);
  h5_set_encoding(&h, file, H5_MUDATA);
  if (h.status == RC_OK) {
    set_encoder(&h, file);
    h5_set_int(&h, file, "axis", 0);
    put_modalities(&h, file, ready, n);
    put_axis(&h, file, ready, n, true);
    put_axis(&h, file, ready, n, false);
    put_uns(&h, file, facts);
  }
  h5_close_file(&h, file);
  put_userblock(&h);
  rc_arena_destroy(h.arena);
  return h.status;
}
