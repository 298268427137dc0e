// SPDX-License-Identifier: Apache-2.0
#include "store/h5.h"
#include "store/cohort_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static herr_t keep_innermost(unsigned n, const H5E_error2_t *entry, void *user) {
  (void)n;
  if (entry->desc != NULL)
    snprintf(user, RC_ERROR_TEXT / 2, "%s", entry->desc);
  return 0;
}

void h5_fail(h5 *h, rc_status status, const char *what) {
  char reason[RC_ERROR_TEXT / 2] = "";
  if (h->status != RC_OK)
    return;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, reason);
  h->status =
      rc_fail(h->err, status, "%s: %s%s%s", h->path, what, reason[0] == '\0' ? "" : ": ", reason);
}

void h5_refuse(h5 *h, rc_status status, const char *format, ...) {
  char text[RC_ERROR_TEXT];
  va_list arguments;
  if (h->status != RC_OK)
    return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  h->status = rc_fail(h->err, status, "%s: %s", h->path, text);
}

void h5_close(h5 *h, hid_t id) {
  if (id >= 0 && H5Idec_ref(id) < 0)
    h5_fail(h, RC_ERR_IO, "closing a part of the file failed");
}

void h5_close_file(h5 *h, hid_t file) {
  if (file >= 0 && H5Fclose(file) < 0)
    h5_fail(h, RC_ERR_IO, "closing the file failed");
}

hid_t h5_access(h5 *h) {
  // HDF5 prints its error stack unless told otherwise; the reason goes into our message instead.
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  // The 1.8 format: no limit on attribute sizes, and (unlike 1.10's) no mark in the file that
  // would keep readers out after a crash. Locking is skipped where the file system has none.
  if (access < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
      H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) < 0 ||
      H5Pset_file_locking(access, true, true) < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its access settings");
  return access;
}

// --- Writing -----------------------------------------------------------------------------------

/// Creation properties of a group or dataset: no time stamps, so equal content is equal bytes.
static hid_t creation(h5 *h, hid_t class) {
  if (h->status != RC_OK)
    return H5I_INVALID_HID;
  hid_t properties = H5Pcreate(class);
  if (properties < 0 || H5Pset_obj_track_times(properties, false) < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its creation settings");
  return properties;
}

hid_t h5_make_group(h5 *h, hid_t parent, const char *name, const char *encoding,
                    const char *version) {
  hid_t properties = creation(h, H5P_GROUP_CREATE), group = H5I_INVALID_HID;
  if (h->status == RC_OK &&
      H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its group settings");
  if (h->status == RC_OK) {
    group = H5Gcreate2(parent, name, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (group < 0)
      h5_fail(h, RC_ERR_IO, "cannot create a group");
  }
  h5_close(h, properties);
  h5_set_encoding(h, group, encoding, version);
  return group;
}

void h5_make_dict(h5 *h, hid_t parent, const char *name) {
  h5_close(h, h5_make_group(h, parent, name, H5_DICT));
}

static hid_t make_space(h5 *h, int rank, const hsize_t *size) {
  if (h->status != RC_OK)
    return H5I_INVALID_HID;
  hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, size, NULL);
  if (space < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses the size of a table");
  return space;
}

hid_t h5_make_dataset(h5 *h, hid_t parent, const char *name, hid_t type, int rank,
                      const hsize_t *size, const void *fill) {
  hid_t properties = creation(h, H5P_DATASET_CREATE), space = make_space(h, rank, size);
  hid_t dataset = H5I_INVALID_HID;
  if (h->status == RC_OK &&
      (H5Pset_layout(properties, H5D_CONTIGUOUS) < 0 ||
       H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) < 0 ||
       (fill != NULL && (H5Pset_fill_value(properties, type, fill) < 0 ||
                         H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC) < 0))))
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its dataset settings");
  if (h->status == RC_OK) {
    dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (dataset < 0)
      h5_fail(h, RC_ERR_IO, "cannot create a table");
  }
  h5_close(h, space);
  h5_close(h, properties);
  return dataset;
}

static void write_all(h5 *h, hid_t dataset, hid_t memory_type, const void *data) {
  if (h->status == RC_OK && H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
    h5_fail(h, RC_ERR_IO, "writing failed");
}

void h5_put_array(h5 *h, hid_t parent, const char *name, hid_t file_type, hid_t memory_type,
                  int rank, const hsize_t *size, const void *data) {
  hid_t dataset = h5_make_dataset(h, parent, name, file_type, rank, size, NULL);
  bool empty = false;
  for (int d = 0; d < rank; d++)
    empty = empty || size[d] == 0;
  if (!empty)
    write_all(h, dataset, memory_type, data);
  h5_set_encoding(h, dataset, H5_ARRAY);
  h5_close(h, dataset);
}

static bool is_utf8(const char *text) {
  for (; *text != '\0';) {
    size_t n = rc_utf8_length(text);
    if (n == 0)
      return false;
    text += n;
  }
  return true;
}

const char *h5_clean(h5 *h, const char *text) {
  if (text == NULL)
    return "";
  if (is_utf8(text))
    return text;
  char *copy = rc_arena_strdup(h->arena, text);
  if (copy == NULL) {
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
    return "";
  }
  for (char *c = copy; *c != '\0';) {
    size_t n = rc_utf8_length(c);
    if (n == 0)
      *c = '?';
    c += n == 0 ? 1 : n;
  }
  return copy;
}

/// Clean texts as HDF5 wants them; NULL after a failure.
static const char **clean_all(h5 *h, int64_t n, const char *const *item) {
  if (h->status != RC_OK)
    return NULL;
  const char **clean = rc_arena_alloc(h->arena, (size_t)n, sizeof *clean);
  if (clean == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; h->status == RC_OK && i < n; i++)
    clean[i] = h5_clean(h, item[i]);
  return clean;
}

static hid_t text_type(h5 *h, size_t n) {
  if (h->status != RC_OK)
    return H5I_INVALID_HID;
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0 || H5Tset_size(type, n) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
      (n != H5T_VARIABLE && H5Tset_strpad(type, H5T_STR_NULLPAD) < 0))
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses a text type");
  return type;
}

hid_t h5_text_type(h5 *h) {
  return text_type(h, H5T_VARIABLE);
}

hid_t h5_fixed_text_type(h5 *h, size_t n) {
  return text_type(h, n);
}

void h5_put_texts(h5 *h, hid_t parent, const char *name, int64_t n, const char *const *item) {
  hsize_t size = (hsize_t)n;
  hid_t type = h5_text_type(h);
  const char **clean = clean_all(h, n, item);
  hid_t dataset = h5_make_dataset(h, parent, name, type, 1, &size, NULL);
  if (n > 0)
    write_all(h, dataset, type, clean);
  h5_set_encoding(h, dataset, H5_STRING_ARRAY);
  h5_close(h, dataset);
  h5_close(h, type);
}

static void put_scalar(h5 *h, hid_t parent, const char *name, hid_t file_type, hid_t memory_type,
                       const void *data, const char *encoding, const char *version) {
  hid_t dataset = h5_make_dataset(h, parent, name, file_type, 0, NULL, NULL);
  write_all(h, dataset, memory_type, data);
  h5_set_encoding(h, dataset, encoding, version);
  h5_close(h, dataset);
}

void h5_put_text(h5 *h, hid_t parent, const char *name, const char *text) {
  hid_t type = h5_text_type(h);
  const char *clean = h5_clean(h, text);
  put_scalar(h, parent, name, type, type, &clean, H5_STRING);
  h5_close(h, type);
}

void h5_put_real(h5 *h, hid_t parent, const char *name, double value) {
  if (h->status == RC_OK)
    put_scalar(h, parent, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value, H5_NUMBER);
}

void h5_put_int(h5 *h, hid_t parent, const char *name, int64_t value) {
  if (h->status == RC_OK)
    put_scalar(h, parent, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, H5_NUMBER);
}

static void set_attribute(h5 *h, hid_t object, const char *name, hid_t file_type, hid_t memory_type,
                          int rank, hsize_t size, const void *data) {
  hid_t space = make_space(h, rank, &size), attribute = H5I_INVALID_HID;
  if (h->status == RC_OK) {
    attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || (size > 0 && H5Awrite(attribute, memory_type, data) < 0))
      h5_fail(h, RC_ERR_IO, "cannot write an attribute");
  }
  h5_close(h, attribute);
  h5_close(h, space);
}

void h5_set_text(h5 *h, hid_t object, const char *name, const char *text) {
  hid_t type = h5_text_type(h);
  const char *clean = h5_clean(h, text);
  set_attribute(h, object, name, type, type, 0, 1, &clean);
  h5_close(h, type);
}

void h5_set_texts(h5 *h, hid_t object, const char *name, int64_t n, const char *const *item) {
  hid_t type = h5_text_type(h);
  const char **clean = clean_all(h, n, item);
  set_attribute(h, object, name, type, type, 1, (hsize_t)n, clean);
  h5_close(h, type);
}

void h5_set_int(h5 *h, hid_t object, const char *name, int64_t value) {
  if (h->status == RC_OK)
    set_attribute(h, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, 1, &value);
}

void h5_set_encoding(h5 *h, hid_t object, const char *encoding, const char *version) {
  h5_set_text(h, object, H5_ATTR_ENCODING, encoding);
  h5_set_text(h, object, H5_ATTR_VERSION, version);
}

void rc_store_library(char *out, size_t capacity) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  snprintf(out, capacity, "HDF5 %u.%u.%u", major, minor, release);
}
