// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/// What a read works on: the open file and the group in question.
typedef struct reading {
  h5 h;
  hid_t file, mods, group;
} reading;

static reading begin(const char *path, rc_arena *arena, rc_error *err) {
  reading r = {.h = {.path = path, .err = err, .arena = arena}};
  r.mods = r.group = H5I_INVALID_HID;
  r.file = h5_open_file(&r.h, false);
  return r;
}

static rc_status end(reading *r) {
  h5_close(&r->h, r->group);
  h5_close(&r->h, r->mods);
  h5_close_file(&r->h, r->file);
  return r->h.status;
}

static void open_modality(reading *r, const char *name) {
  r->mods = h5_open(&r->h, r->file, STORE_MOD, H5I_GROUP);
  r->group = h5_open(&r->h, r->mods, name, H5I_GROUP);
}

static bool has_prefix(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

// --- Lists -------------------------------------------------------------------------------------

static void summarise(h5 *h, hid_t mods, const char *name, rc_store_summary *out) {
  hsize_t size[2] = {0, 0};
  hid_t group = h5_open(h, mods, name, H5I_GROUP);
  hid_t x = h5_open_dataset(h, group, STORE_X, 2, size);
  *out = (rc_store_summary){name, (int64_t)size[0], (int64_t)size[1]};
  h5_close(h, x);
  h5_close(h, group);
}

static void add_name(h5 *h, rc_texts *list, int64_t capacity, const char *folder,
                     const char *name) {
  if (list->n >= capacity)
    return;
  list->item[list->n] = folder == NULL ? name : rc_arena_printf(h->arena, "%s/%s", folder, name);
  if (list->item[list->n] == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  list->n++;
}

static bool is_group(h5 *h, hid_t parent, const char *name) {
  H5O_info_t facts;
  return h->status == RC_OK && strchr(name, '/') == NULL &&
         H5Oget_info_by_name(parent, name, &facts, H5P_DEFAULT) >= 0 &&
         facts.type == H5O_TYPE_GROUP;
}

/// Frames of /uns and, one level down, of its groups.
static rc_texts list_uns(h5 *h, hid_t file) {
  enum { CAPACITY = 4096 };
  rc_texts list = {0, rc_arena_alloc(h->arena, CAPACITY, sizeof(char *))};
  if (list.item == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  if (!h5_has(h, file, STORE_UNS))
    return list;
  hid_t uns = h5_open(h, file, STORE_UNS, H5I_GROUP);
  rc_texts top = h5_members(h, uns);
  for (int64_t i = 0; h->status == RC_OK && i < top.n; i++) {
    if (store_is_frame(h, uns, top.item[i])) {
      add_name(h, &list, CAPACITY, NULL, top.item[i]);
    } else if (is_group(h, uns, top.item[i])) {
      hid_t group = h5_open(h, uns, top.item[i], H5I_GROUP);
      rc_texts inner = h5_members(h, group);
      for (int64_t k = 0; h->status == RC_OK && k < inner.n; k++)
        if (store_is_frame(h, group, inner.item[k]))
          add_name(h, &list, CAPACITY, top.item[i], inner.item[k]);
      h5_close(h, group);
    }
  }
  h5_close(h, uns);
  return list;
}

rc_status rc_store_list(const char *path, rc_arena *arena, rc_store_summary **modality, int64_t *n,
                        rc_texts *uns_frames, rc_error *err) {
  reading r = begin(path, arena, err);
  *n = 0;
  *modality = NULL;
  *uns_frames = (rc_texts){0, NULL};
  if (r.h.status == RC_OK && !h5_has(&r.h, r.file, STORE_MOD))
    h5_refuse(&r.h, RC_ERR_FORMAT, "is no cohort file: it has no modalities");
  rc_texts names = store_get_modalities(&r.h, r.file);
  r.mods = h5_open(&r.h, r.file, STORE_MOD, H5I_GROUP);
  rc_store_summary *list = rc_arena_alloc(arena, (size_t)names.n, sizeof *list);
  if (list == NULL)
    h5_refuse(&r.h, RC_ERR_MEMORY, "out of memory");
  for (int64_t m = 0; r.h.status == RC_OK && m < names.n; m++)
    summarise(&r.h, r.mods, names.item[m], &list[m]);
  rc_texts uns = r.h.status == RC_OK ? list_uns(&r.h, r.file) : (rc_texts){0, NULL};
  if (end(&r) == RC_OK) {
    *modality = list;
    *n = names.n;
    *uns_frames = uns;
  }
  return r.h.status;
}

// --- Frames ------------------------------------------------------------------------------------

/// The names of all observations (or variables) and, per modality, the row they have there.
static rc_frame *get_global(reading *r, bool rows) {
  h5 *h = &r->h;
  hid_t maps = H5I_INVALID_HID;
  rc_frame *frame =
      store_get_frame(h, r->file, rows ? STORE_OBS : STORE_VAR, rows ? "observation" : "variable");
  rc_texts names = store_get_modalities(h, r->file);
  maps = h5_open(h, r->file, rows ? STORE_OBSMAP : STORE_VARMAP, H5I_GROUP);
  for (int64_t m = 0; h->status == RC_OK && m < names.n; m++) {
    hsize_t n = 0;
    hid_t map = h5_open_dataset(h, maps, names.item[m], 1, &n);
    if (h->status == RC_OK && n != (hsize_t)frame->n_rows)
      h5_refuse(h, RC_ERR_FORMAT, "the map of '%.200s' has a wrong length", names.item[m]);
    int64_t *row = h5_read(h, map, H5T_NATIVE_INT64, sizeof *row, n);
    rc_column *column = row == NULL ? NULL : rc_frame_add(frame, names.item[m], RC_COLUMN_INT);
    if (column != NULL)
      column->integer = row;
    else
      h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    h5_close(h, map);
  }
  h5_close(h, maps);
  return frame;
}

rc_status rc_store_read_obs(const char *path, const char *modality, rc_arena *arena, rc_frame **out,
                            rc_error *err) {
  reading r = begin(path, arena, err);
  *out = NULL;
  if (modality != NULL)
    open_modality(&r, modality);
  rc_frame *frame = modality == NULL ? get_global(&r, true)
                                     : store_get_frame(&r.h, r.group, STORE_OBS, "observation");
  if (end(&r) == RC_OK)
    *out = frame;
  return r.h.status;
}

/// Takes the modality's own prefix off, which makes names one of a kind in the file only.
static void strip_prefix(h5 *h, rc_frame *var, const char *modality) {
  const char *prefix = rc_arena_printf(h->arena, "%s" RC_STORE_SEPARATOR, modality);
  if (prefix == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; h->status == RC_OK && i < var->n_rows; i++)
    if (has_prefix(var->index[i], prefix))
      var->index[i] += strlen(prefix);
}

rc_status rc_store_read_var(const char *path, const char *modality, rc_arena *arena, rc_frame **out,
                            rc_error *err) {
  reading r = begin(path, arena, err);
  *out = NULL;
  if (modality != NULL)
    open_modality(&r, modality);
  rc_frame *frame = modality == NULL ? get_global(&r, false)
                                     : store_get_frame(&r.h, r.group, STORE_VAR, "variable");
  if (r.h.status == RC_OK && modality != NULL)
    strip_prefix(&r.h, frame, modality);
  if (end(&r) == RC_OK)
    *out = frame;
  return r.h.status;
}

rc_status rc_store_read_x(const char *path, const char *modality, rc_arena *arena, double **x,
                          rc_error *err) {
  reading r = begin(path, arena, err);
  hsize_t size[2] = {0, 0};
  *x = NULL;
  open_modality(&r, modality);
  hid_t dataset = h5_open_dataset(&r.h, r.group, STORE_X, 2, size);
  H5T_class_t class = h5_class(&r.h, dataset);
  if (r.h.status == RC_OK && class != H5T_FLOAT && class != H5T_INTEGER)
    h5_refuse(&r.h, RC_ERR_FORMAT, "X of '%.200s' holds no numbers", modality);
  double *data = h5_read(&r.h, dataset, H5T_NATIVE_DOUBLE, sizeof *data, size[0] * size[1]);
  h5_close(&r.h, dataset);
  if (end(&r) == RC_OK)
    *x = data;
  return r.h.status;
}

rc_status rc_store_read_uns(const char *path, const char *name, rc_arena *arena, rc_frame **out,
                            rc_error *err) {
  reading r = begin(path, arena, err);
  const char *slash = strchr(name, '/'), *last = slash == NULL ? name : slash + 1;
  rc_frame *frame = NULL;
  *out = NULL;
  r.mods = h5_open(&r.h, r.file, STORE_UNS, H5I_GROUP);
  if (slash != NULL && r.h.status == RC_OK) {
    char *folder = rc_arena_strdup(arena, name);
    if (folder == NULL) {
      h5_refuse(&r.h, RC_ERR_MEMORY, "out of memory");
    } else {
      folder[slash - name] = '\0';
      r.group = h5_open(&r.h, r.mods, folder, H5I_GROUP);
    }
  }
  if (r.h.status == RC_OK)
    frame = store_get_frame(&r.h, slash == NULL ? r.mods : r.group, last, "row");
  if (end(&r) == RC_OK)
    *out = frame;
  return r.h.status;
}

// --- Provenance --------------------------------------------------------------------------------

/// A scalar as text; "" for what is neither text nor a number.
static const char *get_scalar(h5 *h, hid_t group, const char *name) {
  hid_t dataset = h5_open_dataset(h, group, name, 0, NULL);
  const char *text = "";
  H5T_class_t class = h5_class(h, dataset);
  if (class == H5T_STRING) {
    const char **texts = h5_read_texts(h, dataset, 1);
    text = texts == NULL ? "" : texts[0];
  } else if (class == H5T_FLOAT || class == H5T_INTEGER) {
    char number[64];
    rc_column column = {.name = name, .type = RC_COLUMN_REAL};
    rc_frame one = {.n_rows = 1, .n_columns = 1, .column = &column};
    column.real = h5_read(h, dataset, H5T_NATIVE_DOUBLE, sizeof(double), 1);
    if (column.real != NULL)
      text = rc_arena_strdup(h->arena, rc_frame_cell(&one, 0, 0, number, sizeof number));
  }
  if (text == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  h5_close(h, dataset);
  return text;
}

rc_status rc_store_read_facts(const char *path, rc_arena *arena, rc_frame **out, rc_error *err) {
  reading r = begin(path, arena, err);
  *out = NULL;
  r.mods = h5_open(&r.h, r.file, STORE_UNS, H5I_GROUP);
  r.group = h5_open(&r.h, r.mods, STORE_FACTS, H5I_GROUP);
  rc_texts names = h5_members(&r.h, r.group);
  rc_frame *frame = rc_frame_create(arena, STORE_FACTS, "key", names.n);
  rc_column *value = frame == NULL ? NULL : rc_frame_add(frame, "value", RC_COLUMN_TEXT);
  if (value == NULL)
    h5_refuse(&r.h, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; r.h.status == RC_OK && i < names.n; i++) {
    frame->index[i] = names.item[i];
    value->text[i] = get_scalar(&r.h, r.group, names.item[i]);
  }
  if (end(&r) == RC_OK)
    *out = frame;
  return r.h.status;
}
