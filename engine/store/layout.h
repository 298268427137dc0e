// SPDX-License-Identifier: Apache-2.0
/// @file layout.h
/// Where things lie in the cohort file, and frames on disk. Private to this folder.
#ifndef RADCOHORT_ENGINE_STORE_LAYOUT_H
#define RADCOHORT_ENGINE_STORE_LAYOUT_H

#include "data/frame.h"
#include "store/cohort_file.h"
#include "store/h5.h"

#define STORE_MOD "mod"
#define STORE_OBS "obs"
#define STORE_VAR "var"
#define STORE_X "X"
#define STORE_UNS "uns"
#define STORE_FACTS RC_STORE_FACTS
#define STORE_OBSMAP "obsmap"
#define STORE_VARMAP "varmap"

/// The live obs columns: written by any rank, so of fixed size. X(member, name, bytes).
#define STORE_LIVE_TEXTS(X)                                                                        \
  X(status, "status", 16)                                                                          \
  X(error, "error", 512)                                                                           \
  X(undefined, "undefined", 512)                                                                   \
  X(digest, "digest", 64)
#define STORE_LIVE_VOXELS "n_voxels"
#define STORE_LIVE_VOLUME "volume_mm3"

/// Writes a data frame. Column names that HDF5 or AnnData cannot hold ("a/b", "", "_index") are
/// changed, names that then occur twice get ".2", ".3" ... `index_name` NULL: the row names have no
/// name. `live`: adds the live columns.
void store_put_frame(h5 *h, hid_t parent, const char *name, const rc_frame *frame,
                     const char *index_name, bool live);

/// `name` as a link name: '/' becomes '_', "" and "." become "_".
const char *store_link_name(h5 *h, const char *name);

/// Reads a data frame into h->arena; `index_name` is used where the file names none.
rc_frame *store_get_frame(h5 *h, hid_t parent, const char *name, const char *index_name);

/// Is the member of that name a data frame? No failure when it is not.
bool store_is_frame(h5 *h, hid_t parent, const char *name);

/// Names of modalities in order.
rc_texts store_get_modalities(h5 *h, hid_t file);

#endif
