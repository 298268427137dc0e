// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include <string.h>

/// pandas categories, as Python writes texts that repeat: codes into a list, -1 missing.
static void get_categories(h5 *h, hid_t frame_group, const char *name, rc_frame *frame) {
  hsize_t n = 0, n_codes = 0;
  hid_t group = h5_open(h, frame_group, name, H5I_GROUP);
  hid_t categories = h5_open_dataset(h, group, "categories", 1, &n);
  hid_t codes = h5_open_dataset(h, group, "codes", 1, &n_codes);
  if (h->status == RC_OK && n_codes != (hsize_t)frame->n_rows)
    h5_refuse(h, RC_ERR_FORMAT, "column '%.200s' has another length than its table", name);
  const char **item = h5_read_texts(h, categories, n);
  int64_t *code =
      h->status == RC_OK ? h5_read(h, codes, H5T_NATIVE_INT64, sizeof *code, n_codes) : NULL;
  rc_column *column = code == NULL ? NULL : rc_frame_add(frame, name, RC_COLUMN_TEXT);
  for (int64_t i = 0; column != NULL && i < frame->n_rows; i++)
    if (code[i] >= 0 && (uint64_t)code[i] < n)
      column->text[i] = item[code[i]];
  if (code != NULL && column == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  h5_close(h, codes);
  h5_close(h, categories);
  h5_close(h, group);
}

/// Adds a column whose cells are those at `data`.
static void add_column(h5 *h, rc_frame *frame, const char *name, rc_column_type type, void *data) {
  if (h->status != RC_OK)
    return;
  rc_column *column = rc_frame_add(frame, name, type);
  if (column == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return;
  }
  if (type == RC_COLUMN_REAL)
    column->real = data;
  else if (type == RC_COLUMN_INT)
    column->integer = data;
  else
    column->text = data;
}

static void get_array(h5 *h, hid_t group, const char *name, rc_frame *frame) {
  hsize_t n = 0;
  hid_t dataset = h5_open_dataset(h, group, name, 1, &n);
  if (h->status == RC_OK && n != (hsize_t)frame->n_rows)
    h5_refuse(h, RC_ERR_FORMAT, "column '%.200s' has another length than its table", name);
  switch (h5_class(h, dataset)) {
  case H5T_STRING:
    add_column(h, frame, name, RC_COLUMN_TEXT, h5_read_texts(h, dataset, n));
    break;
  case H5T_FLOAT:
    add_column(h, frame, name, RC_COLUMN_REAL,
               h5_read(h, dataset, H5T_NATIVE_DOUBLE, sizeof(double), n));
    break;
  case H5T_INTEGER:
    add_column(h, frame, name, RC_COLUMN_INT,
               h5_read(h, dataset, H5T_NATIVE_INT64, sizeof(int64_t), n));
    break;
  case H5T_ENUM: { // booleans of h5py: one byte each
    signed char *flag = NULL;
    hid_t type = h->status == RC_OK ? H5Dget_type(dataset) : H5I_INVALID_HID;
    if (type >= 0 && H5Tget_size(type) == 1)
      flag = h5_read(h, dataset, type, 1, n);
    else
      h5_refuse(h, RC_ERR_UNSUPPORTED, "column '%.200s' has an unknown type", name);
    h5_close(h, type);
    add_column(h, frame, name, RC_COLUMN_INT, rc_arena_alloc(h->arena, (size_t)n, sizeof(int64_t)));
    if (h->status == RC_OK)
      for (hsize_t i = 0; i < n; i++)
        frame->column[frame->n_columns - 1].integer[i] = flag[i];
    break;
  }
  default:
    h5_refuse(h, RC_ERR_UNSUPPORTED, "column '%.200s' has an unknown type", name);
  }
  h5_close(h, dataset);
}

/// What a member is: H5I_GROUP, H5I_DATASET or H5I_BADID.
static H5I_type_t kind_of(h5 *h, hid_t group, const char *name) {
  H5O_info_t facts;
  if (!h5_has(h, group, name) || H5Oget_info_by_name(group, name, &facts, H5P_DEFAULT) < 0)
    return H5I_BADID;
  return facts.type == H5O_TYPE_GROUP     ? H5I_GROUP
         : facts.type == H5O_TYPE_DATASET ? H5I_DATASET
                                          : H5I_BADID;
}

static bool has_encoding(h5 *h, hid_t group, const char *name, const char *encoding) {
  if (strchr(name, '/') != NULL || kind_of(h, group, name) != H5I_GROUP)
    return false;
  hid_t object = h5_open(h, group, name, H5I_GROUP);
  const char *found = h5_get_text(h, object, H5_ATTR_ENCODING);
  h5_close(h, object);
  return h->status == RC_OK && found != NULL && strcmp(found, encoding) == 0;
}

/// The encoding's name out of a pair such as H5_DATAFRAME.
static const char *encoding_name(const char *encoding, const char *version) {
  (void)version;
  return encoding;
}

bool store_is_frame(h5 *h, hid_t parent, const char *name) {
  return has_encoding(h, parent, name, encoding_name(H5_DATAFRAME));
}

static void get_column(h5 *h, hid_t group, const char *name, rc_frame *frame) {
  if (h->status != RC_OK)
    return;
  if (has_encoding(h, group, name, "categorical"))
    get_categories(h, group, name, frame);
  else
    get_array(h, group, name, frame);
}

rc_frame *store_get_frame(h5 *h, hid_t parent, const char *name, const char *index_name) {
  rc_frame *frame = NULL;
  const char **index = NULL;
  hsize_t n = 0;
  hid_t group = h5_open(h, parent, name, H5I_GROUP), rows = H5I_INVALID_HID;
  const char *index_link = h5_get_text(h, group, H5_ATTR_INDEX);
  rc_texts columns = h5_get_texts(h, group, H5_ATTR_COLUMNS);
  if (h->status == RC_OK && index_link == NULL)
    h5_refuse(h, RC_ERR_FORMAT, "'%.200s' is no data frame", name);
  rows = h5_open_dataset(h, group, index_link, 1, &n);
  if (h->status == RC_OK && h5_class(h, rows) == H5T_STRING)
    index = h5_read_texts(h, rows, n);
  else if (h->status == RC_OK) // Python numbers rows that have no names
    index = rc_arena_alloc(h->arena, (size_t)n, sizeof *index);
  if (h->status == RC_OK && strcmp(index_link, H5_INDEX) != 0)
    index_name = index_link;
  if (h->status == RC_OK) {
    frame = rc_frame_create(h->arena, name, index_name, (int64_t)n);
    if (frame == NULL || index == NULL)
      h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  }
  for (hsize_t i = 0; h->status == RC_OK && i < n; i++) {
    frame->index[i] = index[i] != NULL ? index[i] : rc_arena_printf(h->arena, "%lld", (long long)i);
    if (frame->index[i] == NULL)
      h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  }
  for (int64_t c = 0; h->status == RC_OK && c < columns.n; c++)
    get_column(h, group, columns.item[c], frame);
  h5_close(h, rows);
  h5_close(h, group);
  return h->status == RC_OK ? frame : NULL;
}

rc_texts store_get_modalities(h5 *h, hid_t file) {
  hid_t mods = h5_open(h, file, STORE_MOD, H5I_GROUP);
  rc_texts order = h5_get_texts(h, mods, H5_ATTR_MODALITIES);
  if (h->status == RC_OK && order.n == 0)
    order = h5_members(h, mods);
  h5_close(h, mods);
  return order;
}
