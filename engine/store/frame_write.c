// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include <math.h>
#include <string.h>

const char *store_link_name(h5 *h, const char *name) {
  char *copy = rc_arena_strdup(h->arena, h5_clean(h, name));
  if (copy == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return "_";
  }
  for (char *c = copy; *c != '\0'; c++)
    if (*c == '/')
      *c = '_';
  return copy[0] == '\0' || strcmp(copy, ".") == 0 ? "_" : copy;
}

/// The names in use within one data frame.
typedef struct names {
  const char **item;
  int64_t n;
} names;

static bool is_taken(const names *taken, const char *name) {
  for (int64_t i = 0; i < taken->n; i++)
    if (strcmp(taken->item[i], name) == 0)
      return true;
  return false;
}

/// A link name not yet taken, which it takes.
static const char *new_name(h5 *h, names *taken, const char *wanted) {
  const char *base = store_link_name(h, wanted), *name = base;
  for (int64_t i = 2; name != NULL && is_taken(taken, name); i++)
    name = rc_arena_printf(h->arena, "%s.%lld", base, (long long)i);
  if (name == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    name = "_";
  }
  taken->item[taken->n++] = name;
  return name;
}

static void put_column(h5 *h, hid_t group, const char *name, const rc_frame *frame,
                       const rc_column *column) {
  hsize_t n = (hsize_t)frame->n_rows;
  if (h->status != RC_OK)
    return;
  switch (column->type) {
  case RC_COLUMN_REAL:
    h5_put_array(h, group, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &n, column->real);
    break;
  case RC_COLUMN_INT:
    h5_put_array(h, group, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 1, &n, column->integer);
    break;
  case RC_COLUMN_TEXT:
    h5_put_texts(h, group, name, frame->n_rows, column->text);
    break;
  }
}

static void make_live_text(h5 *h, hid_t group, const char *name, size_t bytes, hsize_t n,
                           const char *before) {
  char fill[1024] = "";
  memcpy(fill, before, strlen(before));
  hid_t type = h5_fixed_text_type(h, bytes);
  hid_t dataset = h5_make_dataset(h, group, name, type, 1, &n, fill);
  h5_set_encoding(h, dataset, H5_STRING_ARRAY);
  h5_close(h, dataset);
  h5_close(h, type);
}

static void make_live_columns(h5 *h, hid_t group, hsize_t n) {
  const double nothing = NAN;
  const int64_t zero = 0;
#define X(member, name, bytes)                                                                     \
  make_live_text(h, group, name, bytes, n, strcmp(name, "status") == 0 ? RC_STORE_NOT_RUN : "");
  STORE_LIVE_TEXTS(X)
#undef X
  if (h->status != RC_OK)
    return;
  hid_t voxels = h5_make_dataset(h, group, STORE_LIVE_VOXELS, H5T_STD_I64LE, 1, &n, &zero);
  hid_t volume = h5_make_dataset(h, group, STORE_LIVE_VOLUME, H5T_IEEE_F64LE, 1, &n, &nothing);
  h5_set_encoding(h, voxels, H5_ARRAY);
  h5_set_encoding(h, volume, H5_ARRAY);
  h5_close(h, voxels);
  h5_close(h, volume);
}

static void take_live_names(names *taken) {
#define X(member, name, bytes) taken->item[taken->n++] = name;
  STORE_LIVE_TEXTS(X)
#undef X
  taken->item[taken->n++] = STORE_LIVE_VOXELS;
  taken->item[taken->n++] = STORE_LIVE_VOLUME;
}

/// The order of columns: those from `second` on, then those from `first` on.
static void put_order(h5 *h, hid_t group, const names *taken, int64_t first, int64_t second) {
  int64_t n = 0;
  const char **order = rc_arena_alloc(h->arena, (size_t)(taken->n - first), sizeof *order);
  if (order == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return;
  }
  for (int64_t i = second; i < taken->n; i++)
    order[n++] = taken->item[i];
  for (int64_t i = first; i < second; i++)
    order[n++] = taken->item[i];
  h5_set_texts(h, group, H5_ATTR_COLUMNS, n, order);
}

void store_put_frame(h5 *h, hid_t parent, const char *name, const rc_frame *frame,
                     const char *index_name, bool live) {
  names taken = {rc_arena_alloc(h->arena, (size_t)frame->n_columns + 16, sizeof(char *)), 0};
  if (taken.item == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  hid_t group = h5_make_group(h, parent, name, H5_DATAFRAME);
  if (h->status == RC_OK) {
    // "_index" is taken first, so that no column can shadow the row names.
    taken.item[taken.n++] = H5_INDEX;
    const char *index = index_name == NULL ? H5_INDEX : new_name(h, &taken, index_name);
    h5_set_text(h, group, H5_ATTR_INDEX, index);
    h5_put_texts(h, group, index, frame->n_rows, frame->index);
  }
  // Live columns come last for the reader, but their names are theirs.
  int64_t first_live = taken.n;
  if (h->status == RC_OK && live) {
    take_live_names(&taken);
    make_live_columns(h, group, (hsize_t)frame->n_rows);
  }
  int64_t first_given = taken.n;
  for (int64_t c = 0; h->status == RC_OK && c < frame->n_columns; c++) {
    const char *link = new_name(h, &taken, frame->column[c].name);
    put_column(h, group, link, frame, &frame->column[c]);
  }
  if (h->status == RC_OK)
    put_order(h, group, &taken, first_live, first_given);
  h5_close(h, group);
}
