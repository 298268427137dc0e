// SPDX-License-Identifier: Apache-2.0
#include "store/h5.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/// Compressed data unpacks to no more than this many times its size (DEFLATE's bound).
#define MOST_UNPACKED 1032
#define SPARE_BYTES ((uint64_t)16 << 20)
#define MAX_FIXED_TEXT ((size_t)1 << 20)
#define MAX_NAME 4096
#define MAX_ITEMS ((uint64_t)1 << 24)

hid_t h5_open_file(h5 *h, bool write) {
  struct stat facts;
  if (h->status != RC_OK)
    return H5I_INVALID_HID;
  if (stat(h->path, &facts) != 0) {
    h5_refuse(h, errno == ENOENT || errno == ENOTDIR ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s",
              strerror(errno));
    return H5I_INVALID_HID;
  }
  if (!S_ISREG(facts.st_mode)) {
    h5_refuse(h, RC_ERR_FORMAT, "is no file");
    return H5I_INVALID_HID;
  }
  h->budget = (uint64_t)facts.st_size * MOST_UNPACKED + SPARE_BYTES;
  hid_t access = h5_access(h), file = H5I_INVALID_HID;
  if (h->status == RC_OK && H5Fis_hdf5(h->path) <= 0)
    h5_fail(h, RC_ERR_FORMAT, "is no readable HDF5 file");
  if (h->status == RC_OK) {
    file = H5Fopen(h->path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    if (file < 0)
      h5_fail(h, RC_ERR_FORMAT, "HDF5 cannot open it");
  }
  h5_close(h, access);
  return file;
}

bool h5_has(h5 *h, hid_t parent, const char *name) {
  return h->status == RC_OK && H5Lexists(parent, name, H5P_DEFAULT) > 0;
}

hid_t h5_open(h5 *h, hid_t parent, const char *name, H5I_type_t kind) {
  H5L_info_t link;
  if (h->status != RC_OK)
    return H5I_INVALID_HID;
  // A name with a slash would walk through links that nobody checks.
  if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
      !h5_has(h, parent, name)) {
    h5_refuse(h, RC_ERR_NOT_FOUND, "there is no '%.200s' where one is expected", name);
    return H5I_INVALID_HID;
  }
  if (H5Lget_info(parent, name, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) {
    h5_refuse(h, RC_ERR_UNSUPPORTED, "'%.200s' is a link", name);
    return H5I_INVALID_HID;
  }
  hid_t object = H5Oopen(parent, name, H5P_DEFAULT);
  if (object < 0) {
    h5_fail(h, RC_ERR_FORMAT, "an object cannot be opened");
    return H5I_INVALID_HID;
  }
  if (H5Iget_type(object) != kind)
    h5_refuse(h, RC_ERR_FORMAT, "'%.200s' is not the kind of object expected there", name);
  return object;
}

/// Takes bytes from the budget and the arena.
static void *take(h5 *h, uint64_t n, size_t bytes) {
  if (h->status != RC_OK)
    return NULL;
  if (n > MAX_ITEMS * 4096 || n * bytes > h->budget) {
    h5_refuse(h, RC_ERR_FORMAT, "claims to hold more than the file can");
    return NULL;
  }
  h->budget -= n * bytes;
  void *memory = rc_arena_alloc(h->arena, (size_t)n, bytes);
  if (memory == NULL)
    h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  return memory;
}

static void *take_text(size_t bytes, void *user) {
  return take(user, 1, bytes);
}

static void keep_text(void *memory, void *user) {
  (void)memory; // belongs to the arena
  (void)user;
}

// --- Attributes --------------------------------------------------------------------------------

/// Reads n texts of an attribute into the arena.
static void read_attribute_texts(h5 *h, hid_t attribute, hid_t type, uint64_t n, const char **out) {
  size_t bytes = H5Tget_size(type);
  bool variable = H5Tis_variable_str(type) > 0;
  hid_t space = H5Aget_space(attribute);
  if (bytes == 0 || bytes > MAX_FIXED_TEXT)
    h5_refuse(h, RC_ERR_FORMAT, "an attribute is too long");
  char *raw = take(h, n, bytes);
  if (raw != NULL && H5Aread(attribute, type, raw) < 0) {
    h5_fail(h, RC_ERR_FORMAT, "an attribute cannot be read");
    raw = NULL;
  }
  for (uint64_t i = 0; raw != NULL && h->status == RC_OK && i < n; i++) {
    const char *text = variable ? ((const char **)(void *)raw)[i] : raw + i * bytes;
    size_t length = text == NULL ? 0 : variable ? strlen(text) : strnlen(text, bytes);
    char *copy = take(h, length + 1, 1);
    if (copy != NULL && length > 0)
      memcpy(copy, text, length);
    out[i] = copy == NULL ? "" : h5_clean(h, copy);
  }
  if (raw != NULL && variable && space >= 0)
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
  h5_close(h, space);
}

static rc_texts attribute_texts(h5 *h, hid_t object, const char *name) {
  rc_texts texts = {0, NULL};
  if (h->status != RC_OK || H5Aexists(object, name) <= 0)
    return texts;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5I_INVALID_HID,
        space = H5I_INVALID_HID;
  if (attribute >= 0) {
    type = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
  }
  hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
  if (type < 0 || n < 0 || (uint64_t)n > MAX_ITEMS)
    h5_fail(h, RC_ERR_FORMAT, "an attribute cannot be read");
  if (h->status == RC_OK && n > 0 && H5Tget_class(type) == H5T_STRING) {
    texts.item = take(h, (uint64_t)n, sizeof *texts.item);
    if (texts.item != NULL)
      read_attribute_texts(h, attribute, type, (uint64_t)n, texts.item);
    texts.n = h->status == RC_OK ? n : 0;
  } else if (h->status == RC_OK && n > 0) {
    texts.n = -1; // not text
  }
  h5_close(h, space);
  h5_close(h, type);
  h5_close(h, attribute);
  return texts;
}

const char *h5_get_text(h5 *h, hid_t object, const char *name) {
  rc_texts texts = attribute_texts(h, object, name);
  return texts.n == 1 ? texts.item[0] : NULL;
}

rc_texts h5_get_texts(h5 *h, hid_t object, const char *name) {
  rc_texts texts = attribute_texts(h, object, name);
  if (texts.n < 0) {
    h5_refuse(h, RC_ERR_FORMAT, "attribute '%s' is no list of names", name);
    texts.n = 0;
  }
  return texts;
}

// --- Datasets ----------------------------------------------------------------------------------

/// Content outside the file is refused.
static void check_storage(h5 *h, hid_t dataset) {
  hid_t properties = H5Dget_create_plist(dataset);
  if (properties < 0)
    h5_fail(h, RC_ERR_FORMAT, "a table's properties cannot be read");
  else if (H5Pget_layout(properties) == H5D_VIRTUAL || H5Pget_external_count(properties) != 0)
    h5_refuse(h, RC_ERR_UNSUPPORTED, "a table lies in another file");
  h5_close(h, properties);
}

hid_t h5_open_dataset(h5 *h, hid_t parent, const char *name, int rank, hsize_t *size) {
  hid_t dataset = h5_open(h, parent, name, H5I_DATASET);
  if (h->status != RC_OK)
    return dataset;
  check_storage(h, dataset);
  hid_t space = H5Dget_space(dataset);
  if (space < 0 || H5Sget_simple_extent_ndims(space) != rank ||
      (rank == 0 && H5Sget_simple_extent_type(space) != H5S_SCALAR))
    h5_refuse(h, RC_ERR_FORMAT, "'%.200s' is no array of %d dimensions", name, rank);
  else if (rank > 0 && H5Sget_simple_extent_dims(space, size, NULL) < 0)
    h5_fail(h, RC_ERR_FORMAT, "the size of a table cannot be read");
  for (int d = 0; h->status == RC_OK && d < rank; d++)
    if (size[d] > INT32_MAX)
      h5_refuse(h, RC_ERR_LIMIT, "'%.200s' has too many rows or columns", name);
  h5_close(h, space);
  return dataset;
}

H5T_class_t h5_class(h5 *h, hid_t dataset) {
  if (h->status != RC_OK)
    return H5T_NO_CLASS;
  hid_t type = H5Dget_type(dataset);
  H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  h5_close(h, type);
  return class;
}

void *h5_read(h5 *h, hid_t dataset, hid_t memory_type, size_t bytes, uint64_t n) {
  void *memory = take(h, n, bytes);
  if (memory != NULL && n > 0 &&
      H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory) < 0)
    h5_fail(h, RC_ERR_FORMAT, "reading failed");
  return h->status == RC_OK ? memory : NULL;
}

static void read_variable_texts(h5 *h, hid_t dataset, hid_t type, uint64_t n, const char **out) {
  hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  if (transfer < 0 || H5Pset_vlen_mem_manager(transfer, take_text, h, keep_text, h) < 0)
    h5_fail(h, RC_ERR_INTERNAL, "HDF5 refuses its transfer settings");
  if (h->status == RC_OK && H5Dread(dataset, type, H5S_ALL, H5S_ALL, transfer, out) < 0)
    h5_fail(h, RC_ERR_FORMAT, "reading names failed");
  for (uint64_t i = 0; h->status == RC_OK && i < n; i++)
    out[i] = h5_clean(h, out[i]);
  h5_close(h, transfer);
}

static void read_fixed_texts(h5 *h, hid_t dataset, hid_t type, uint64_t n, const char **out) {
  size_t bytes = H5Tget_size(type);
  bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  if (bytes == 0 || bytes > MAX_FIXED_TEXT) {
    h5_refuse(h, RC_ERR_FORMAT, "a text column is too wide");
    return;
  }
  const char *raw = h5_read(h, dataset, type, bytes, n);
  for (uint64_t i = 0; raw != NULL && h->status == RC_OK && i < n; i++) {
    size_t length = strnlen(raw + i * bytes, bytes);
    while (blanks && length > 0 && raw[i * bytes + length - 1] == ' ')
      length--;
    char *copy = take(h, length + 1, 1);
    if (copy == NULL)
      return;
    memcpy(copy, raw + i * bytes, length);
    out[i] = h5_clean(h, copy);
  }
}

const char **h5_read_texts(h5 *h, hid_t dataset, uint64_t n) {
  const char **out = take(h, n, sizeof *out);
  if (out == NULL || n == 0)
    return out;
  hid_t type = H5Dget_type(dataset);
  if (type < 0 || H5Tget_class(type) != H5T_STRING)
    h5_refuse(h, RC_ERR_FORMAT, "a column of names holds no text");
  else if (H5Tis_variable_str(type) > 0)
    read_variable_texts(h, dataset, type, n, out);
  else
    read_fixed_texts(h, dataset, type, n, out);
  h5_close(h, type);
  return h->status == RC_OK ? out : NULL;
}

/// How members can be walked: in the order they were made where the group keeps it.
static H5_index_t member_order(hid_t group) {
  unsigned flags = 0;
  hid_t properties = H5Gget_create_plist(group);
  bool kept = properties >= 0 && H5Pget_link_creation_order(properties, &flags) >= 0 &&
              (flags & H5P_CRT_ORDER_INDEXED) != 0;
  if (properties >= 0)
    H5Pclose(properties);
  return kept ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

rc_texts h5_members(h5 *h, hid_t group) {
  rc_texts names = {0, NULL};
  H5G_info_t facts;
  if (h->status != RC_OK)
    return names;
  if (H5Gget_info(group, &facts) < 0 || facts.nlinks > MAX_ITEMS) {
    h5_fail(h, RC_ERR_FORMAT, "a group cannot be listed");
    return names;
  }
  H5_index_t order = member_order(group);
  names.item = take(h, facts.nlinks, sizeof *names.item);
  for (hsize_t i = 0; h->status == RC_OK && i < facts.nlinks; i++) {
    char name[MAX_NAME];
    if (H5Lget_name_by_idx(group, ".", order, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) < 0) {
      h5_fail(h, RC_ERR_FORMAT, "a group cannot be listed");
      return names;
    }
    name[sizeof name - 1] = '\0';
    names.item[i] = rc_arena_strdup(h->arena, name);
    if (names.item[i] == NULL)
      h5_refuse(h, RC_ERR_MEMORY, "out of memory");
  }
  names.n = h->status == RC_OK ? (int64_t)facts.nlinks : 0;
  return names;
}
