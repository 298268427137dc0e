// SPDX-License-Identifier: Apache-2.0
/// @file h5.h
/// HDF5 with errors that stick: after the first failure of an `h5` every further call does nothing
/// and returns H5I_INVALID_HID (or NULL, 0), so callers open, use, close and look at `status`
/// once. Every handle that a call returns is closed with h5_close. Private to this folder.
#ifndef RADCOHORT_ENGINE_H5_H
#define RADCOHORT_ENGINE_H5_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

// The AnnData and MuData encodings in use, and their versions.
#define H5_MUDATA "MuData", "0.1.0"
#define H5_ANNDATA "anndata", "0.1.0"
#define H5_DICT "dict", "0.1.0"
#define H5_DATAFRAME "dataframe", "0.2.0"
#define H5_ARRAY "array", "0.2.0"
#define H5_STRING_ARRAY "string-array", "0.2.0"
#define H5_STRING "string", "0.2.0"
#define H5_NUMBER "numeric-scalar", "0.2.0"

/// Names of attributes that are both written and read.
#define H5_ATTR_ENCODING "encoding-type"
#define H5_ATTR_VERSION "encoding-version"
#define H5_ATTR_INDEX "_index"
#define H5_ATTR_COLUMNS "column-order"
#define H5_ATTR_MODALITIES "mod-order"
/// Where row names lie when they have no name of their own.
#define H5_INDEX "_index"
/// Bytes at the start of the file that say what it is; HDF5 begins behind them.
#define H5_USERBLOCK 512

typedef struct h5 {
  const char *path; ///< for messages; borrowed
  rc_error *err;
  rc_status status;
  rc_arena *arena; ///< for what is read, and for cleaned texts
  uint64_t budget; ///< bytes that may still be read
} h5;

/// Records a failure of `what` with HDF5's own reason, unless one is recorded.
void h5_fail(h5 *h, rc_status status, const char *what);
/// Records a failure without asking HDF5.
void h5_refuse(h5 *h, rc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/// Closes any kind of handle but a file; ignores an invalid one. A failure to close is a failure.
void h5_close(h5 *h, hid_t id);
void h5_close_file(h5 *h, hid_t file);

/// File access properties: handles left open do not keep the file open; locks where they exist.
hid_t h5_access(h5 *h);
/// Opens an existing file. Not there: RC_ERR_NOT_FOUND; no HDF5: RC_ERR_FORMAT. Sets the budget
/// from the file's size.
hid_t h5_open_file(h5 *h, bool write);

// Writing.
/// A group with its encoding; members keep the order they are made in.
hid_t h5_make_group(h5 *h, hid_t parent, const char *name, const char *encoding,
                    const char *version);
void h5_make_dict(h5 *h, hid_t parent, const char *name); ///< an empty one
/// `fill` (of `type`) is written to every element at once; NULL: none. rank 0 makes a scalar.
hid_t h5_make_dataset(h5 *h, hid_t parent, const char *name, hid_t type, int rank,
                      const hsize_t *size, const void *fill);
/// A dataset of these elements, written and closed.
void h5_put_array(h5 *h, hid_t parent, const char *name, hid_t file_type, hid_t memory_type,
                  int rank, const hsize_t *size, const void *data);
void h5_put_texts(h5 *h, hid_t parent, const char *name, int64_t n, const char *const *item);
void h5_put_text(h5 *h, hid_t parent, const char *name, const char *text); ///< scalar
void h5_put_real(h5 *h, hid_t parent, const char *name, double value);     ///< scalar
void h5_put_int(h5 *h, hid_t parent, const char *name, int64_t value);     ///< scalar
void h5_set_encoding(h5 *h, hid_t object, const char *encoding, const char *version);
void h5_set_text(h5 *h, hid_t object, const char *name, const char *text);
void h5_set_texts(h5 *h, hid_t object, const char *name, int64_t n, const char *const *item);
void h5_set_int(h5 *h, hid_t object, const char *name, int64_t value);
hid_t h5_text_type(h5 *h);                 ///< UTF-8 of any length
hid_t h5_fixed_text_type(h5 *h, size_t n); ///< UTF-8 of at most n bytes, padded with NUL
/// `text` itself when it is UTF-8, else a copy with '?' for what is not; NULL becomes "".
const char *h5_clean(h5 *h, const char *text);

// Reading. Nothing in the file is trusted: only hard links are followed, external and virtual
// storage is refused, sizes are held against the file's size before memory is taken.
bool h5_has(h5 *h, hid_t parent, const char *name);
hid_t h5_open(h5 *h, hid_t parent, const char *name, H5I_type_t kind);
/// Text attribute; NULL (and no failure) when there is none or it is no text.
const char *h5_get_text(h5 *h, hid_t object, const char *name);
/// A list of texts; an empty list of another type is fine (that is how Python writes it).
rc_texts h5_get_texts(h5 *h, hid_t object, const char *name);
/// Opens a dataset of that rank and gives its sizes.
hid_t h5_open_dataset(h5 *h, hid_t parent, const char *name, int rank, hsize_t *size);
H5T_class_t h5_class(h5 *h, hid_t dataset);
/// All n elements, converted to `memory_type` of `bytes` each.
void *h5_read(h5 *h, hid_t dataset, hid_t memory_type, size_t bytes, uint64_t n);
const char **h5_read_texts(h5 *h, hid_t dataset, uint64_t n);
/// Names of a group's members, in the order they were made where the file keeps it.
rc_texts h5_members(h5 *h, hid_t group);

#endif
