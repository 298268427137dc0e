// SPDX-License-Identifier: Apache-2.0
#include "store/tables.h"

#include <string.h>

#define OBS "obs"
#define VAR "var"

/// What a file holds.
typedef struct content {
  rc_store_summary *modality;
  int64_t n;
  rc_texts uns;
} content;

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory");
}

static rc_status list_content(const char *path, rc_arena *arena, content *c, rc_error *err) {
  return rc_store_list(path, arena, &c->modality, &c->n, &c->uns, err);
}

static rc_status list_entries(const content *c, rc_arena *arena, rc_table_entry **out, int64_t *n,
                              rc_error *err) {
  rc_table_entry *list = rc_arena_alloc(arena, (size_t)(3 * c->n + c->uns.n + 3), sizeof *list);
  int64_t at = 0;
  if (list == NULL)
    return no_memory(err);
  for (int64_t m = 0; m < c->n; m++) {
    const char *name = c->modality[m].name;
    list[at++] = (rc_table_entry){name, "rows with their description and all numbers"};
    list[at++] = (rc_table_entry){rc_arena_printf(arena, "%s/" OBS, name), "description of rows"};
    list[at++] =
        (rc_table_entry){rc_arena_printf(arena, "%s/" VAR, name), "description of columns"};
  }
  list[at++] = (rc_table_entry){OBS, "all observations and their row in each modality"};
  list[at++] = (rc_table_entry){VAR, "all variables and their column in each modality"};
  list[at++] = (rc_table_entry){RC_STORE_FACTS, "how the file was made"};
  for (int64_t i = 0; i < c->uns.n; i++)
    list[at++] = (rc_table_entry){c->uns.item[i], "result"};
  for (int64_t i = 0; i < at; i++)
    if (list[i].name == NULL)
      return no_memory(err);
  *out = list;
  *n = at;
  return RC_OK;
}

rc_status rc_tables_list(const char *path, rc_arena *arena, rc_table_entry **out, int64_t *n,
                         rc_error *err) {
  content c;
  *out = NULL;
  *n = 0;
  rc_status status = list_content(path, arena, &c, err);
  return status == RC_OK ? list_entries(&c, arena, out, n, err) : status;
}

/// Appends the columns of X to obs.
static rc_status add_numbers(rc_frame *table, const rc_frame *var, const double *x, rc_error *err) {
  for (int64_t c = 0; c < var->n_rows; c++) {
    rc_column *column = rc_frame_add(table, var->index[c], RC_COLUMN_REAL);
    if (column == NULL)
      return no_memory(err);
    for (int64_t row = 0; row < table->n_rows; row++)
      column->real[row] = x[row * var->n_rows + c];
  }
  return RC_OK;
}

static rc_status open_wide(const char *path, const rc_store_summary *modality, rc_arena *arena,
                           rc_frame **out, rc_error *err) {
  rc_frame *obs = NULL, *var = NULL;
  double *x = NULL;
  rc_status status = rc_store_read_obs(path, modality->name, arena, &obs, err);
  if (status == RC_OK)
    status = rc_store_read_var(path, modality->name, arena, &var, err);
  if (status == RC_OK && (obs->n_rows != modality->n_obs || var->n_rows != modality->n_var))
    status = rc_fail(err, RC_ERR_FORMAT, "%s: '%s' has X of another size than its obs and var",
                     path, modality->name);
  if (status == RC_OK)
    status = rc_store_read_x(path, modality->name, arena, &x, err);
  if (status == RC_OK)
    status = add_numbers(obs, var, x, err);
  if (status == RC_OK)
    *out = obs;
  return status;
}

/// "CT/obs" is name "CT" and this part.
static bool is_part(const char *text, const char *name, const char *part) {
  size_t n = strlen(name);
  return strncmp(text, name, n) == 0 && text[n] == '/' && strcmp(text + n + 1, part) == 0;
}

static rc_status unknown(const char *path, const content *c, const char *name, rc_arena *arena,
                         rc_error *err) {
  rc_table_entry *entry = NULL;
  int64_t n = 0;
  rc_status status = list_entries(c, arena, &entry, &n, err);
  const char **names = rc_arena_alloc(arena, (size_t)n, sizeof *names);
  if (status != RC_OK || names == NULL)
    return status != RC_OK ? status : no_memory(err);
  for (int64_t i = 0; i < n; i++)
    names[i] = entry[i].name;
  const char *near = rc_nearest(name, names, n);
  return rc_fail(err, RC_ERR_NOT_FOUND,
                 "%s: there is no table '%.200s'%s%s%s; `radcohort export FILE --list` names all",
                 path, name, near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                 near == NULL ? "" : "'?");
}

rc_status rc_tables_open(const char *path, const char *name, rc_arena *arena, rc_frame **out,
                         rc_error *err) {
  content c;
  *out = NULL;
  rc_status status = list_content(path, arena, &c, err);
  if (status != RC_OK)
    return status;
  name += name[0] == '/';
  for (int64_t m = 0; m < c.n; m++) {
    const char *modality = c.modality[m].name;
    if (strcmp(name, modality) == 0)
      return open_wide(path, &c.modality[m], arena, out, err);
    if (is_part(name, modality, OBS))
      return rc_store_read_obs(path, modality, arena, out, err);
    if (is_part(name, modality, VAR))
      return rc_store_read_var(path, modality, arena, out, err);
  }
  for (int64_t i = 0; i < c.uns.n; i++)
    if (strcmp(name, c.uns.item[i]) == 0)
      return rc_store_read_uns(path, name, arena, out, err);
  if (strcmp(name, OBS) == 0)
    return rc_store_read_obs(path, NULL, arena, out, err);
  if (strcmp(name, VAR) == 0)
    return rc_store_read_var(path, NULL, arena, out, err);
  if (strcmp(name, RC_STORE_FACTS) == 0)
    return rc_store_read_facts(path, arena, out, err);
  return unknown(path, &c, name, arena, err);
}
