// SPDX-License-Identifier: Apache-2.0
#include "genomics/maf.h"

#include "genomics/lines.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/// Variant_Classification values of the MAF specification: those that change the protein, and the
/// rest.
#define NONSILENT_LIST(X)                                                                          \
  X("Frame_Shift_Del")                                                                             \
  X("Frame_Shift_Ins")                                                                             \
  X("In_Frame_Del")                                                                                \
  X("In_Frame_Ins")                                                                                \
  X("Missense_Mutation")                                                                           \
  X("Nonsense_Mutation")                                                                           \
  X("Nonstop_Mutation")                                                                            \
  X("Splice_Site")                                                                                 \
  X("Translation_Start_Site")
#define OTHER_LIST(X)                                                                              \
  X("3'Flank")                                                                                     \
  X("3'UTR")                                                                                       \
  X("5'Flank")                                                                                     \
  X("5'UTR")                                                                                       \
  X("De_novo_Start_InFrame")                                                                       \
  X("De_novo_Start_OutOfFrame")                                                                    \
  X("IGR")                                                                                         \
  X("Intron")                                                                                      \
  X("RNA")                                                                                         \
  X("Silent")                                                                                      \
  X("Splice_Region")                                                                               \
  X("Start_Codon_Del")                                                                             \
  X("Start_Codon_Ins")                                                                             \
  X("Start_Codon_SNP")                                                                             \
  X("Stop_Codon_Del")                                                                              \
  X("Stop_Codon_Ins")                                                                              \
  X("Targeted_Region")                                                                             \
  X("lincRNA")
#define X(name) name,

const char *const rc_maf_nonsilent[] = {NONSILENT_LIST(X) NULL};
static const char *const known_classes[] = {NONSILENT_LIST(X) OTHER_LIST(X)};
#undef X

#define AT(member) offsetof(rc_maf_settings, member)
static const rc_param params[] = {
    {.key = "file",
     .type = RC_PARAM_TEXT,
     .offset = AT(file),
     .fallback = "none",
     .help = "mutation annotation table (MAF), plain or gzip"},
    {.key = "classes",
     .type = RC_PARAM_TEXTS,
     .offset = AT(classes),
     .fallback = "none",
     .help = "Variant_Classification values that count; none: those that change the protein"},
    {.key = "tcga_barcodes",
     .type = RC_PARAM_BOOL,
     .offset = AT(tcga_barcodes),
     .fallback = "true",
     .help = "cut TCGA sample barcodes to the patient part"},
    {.key = "min_patients",
     .type = RC_PARAM_INT,
     .offset = AT(min_patients),
     .low = 1,
     .high = 1e9,
     .fallback = "1",
     .help = "leave out genes mutated in fewer patients"},
    {.key = "genes",
     .type = RC_PARAM_TEXTS,
     .offset = AT(genes),
     .fallback = "none",
     .help = "globs on Hugo_Symbol; none: every gene"},
};
#undef AT

const rc_param_table rc_maf_params = {
    .name = "variants",
    .help = "A variant table, made into a patient x gene matrix of mutation",
    .param = params,
    .n = sizeof params / sizeof params[0],
    .struct_size = sizeof(rc_maf_settings),
};

/// Patients x genes held at most (8 GiB).
static const int64_t MAX_CELLS = (int64_t)1 << 30;

/// The columns read, by their names in the specification.
enum { GENE, CLASS, BARCODE, N_FIELDS };
static const char *const field_names[N_FIELDS] = {"Hugo_Symbol", "Variant_Classification",
                                                  "Tumor_Sample_Barcode"};

/// A name met in the file.
typedef struct name {
  const char *text;
  int64_t index;      ///< order of appearance, later: sorted
  int64_t n_variants; ///< rows that count
  int64_t n_patients; ///< of a gene
  int64_t n_samples;  ///< of a patient
} name;

/// A set of names, found by text in O(log n).
typedef struct names {
  void *root; ///< of tsearch
  name **item;
  int64_t n, capacity;
} names;

/// One counting variant.
typedef struct variant {
  name *patient, *gene;
} variant;

typedef struct reader {
  const rc_maf_settings *settings;
  const char *path;
  rc_arena *arena;
  names patients, genes, samples, classes;
  variant *variant;
  int64_t n_variants, capacity;
  int64_t column[N_FIELDS];
} reader;

static int compare_names(const void *a, const void *b) {
  return strcmp(((const name *)a)->text, ((const name *)b)->text);
}

static int compare_items(const void *a, const void *b) {
  return compare_names(*(const name *const *)a, *(const name *const *)b);
}

/// Room for one more item; false when out of memory.
static bool make_room(void **items, int64_t n, int64_t *capacity, size_t size) {
  if (n < *capacity)
    return true;
  const int64_t wanted = *capacity == 0 ? 256 : *capacity * 2;
  void *grown = realloc(*items, (size_t)wanted * size);
  if (grown == NULL)
    return false;
  *items = grown;
  *capacity = wanted;
  return true;
}

/// The name's entry, made when it is new. NULL: out of memory.
static name *intern(names *set, const char *text, rc_arena *arena) {
  const name key = {.text = text};
  void *found = tfind(&key, &set->root, compare_names);
  if (found != NULL)
    return *(name **)found;
  void *items = set->item;
  if (!make_room(&items, set->n, &set->capacity, sizeof *set->item))
    return NULL;
  set->item = items;
  name *made = rc_arena_alloc(arena, 1, sizeof *made);
  if (made == NULL || (made->text = rc_arena_strdup(arena, text)) == NULL ||
      tsearch(made, &set->root, compare_names) == NULL)
    return NULL;
  made->index = set->n;
  set->item[set->n++] = made;
  return made;
}

static void release(names *set) {
  for (int64_t i = 0; i < set->n; i++)
    tdelete(set->item[i], &set->root, compare_names);
  free(set->item);
}

static rc_status no_memory(const reader *in, rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory for variants", in->path);
}

/// The field at *at, ended and trimmed in place; moves *at to the next one, NULL after the last.
static char *next_field(char **at) {
  char *field = *at;
  char *tab = strchr(field, '\t');
  if (tab != NULL)
    *tab = '\0';
  *at = tab == NULL ? NULL : tab + 1;
  return rc_trim(field);
}

static rc_status read_header(reader *in, char *line, int64_t number, rc_error *err) {
  for (int f = 0; f < N_FIELDS; f++)
    in->column[f] = -1;
  char *at = line;
  for (int64_t n = 0; at != NULL; n++) {
    const char *title = next_field(&at);
    for (int f = 0; f < N_FIELDS; f++)
      if (in->column[f] < 0 && strcasecmp(title, field_names[f]) == 0)
        in->column[f] = n;
  }
  for (int f = 0; f < N_FIELDS; f++)
    if (in->column[f] < 0)
      return rc_fail(err, RC_ERR_FORMAT,
                     "%s:%lld: the header has no column %s; a MAF table separates columns by tabs",
                     in->path, (long long)number, field_names[f]);
  return RC_OK;
}

static bool counts(const rc_maf_settings *settings, const char *class) {
  for (int64_t i = 0; i < settings->classes.n; i++)
    if (strcasecmp(settings->classes.item[i], class) == 0)
      return true;
  for (int64_t i = 0; settings->classes.n == 0 && rc_maf_nonsilent[i] != NULL; i++)
    if (strcasecmp(rc_maf_nonsilent[i], class) == 0)
      return true;
  return false;
}

static rc_status add_variant(reader *in, name *patient, const char *gene, rc_error *err) {
  patient->n_variants++;
  if (gene[0] == '\0')
    return RC_OK;
  name *entry = intern(&in->genes, gene, in->arena);
  void *items = in->variant;
  if (entry == NULL || !make_room(&items, in->n_variants, &in->capacity, sizeof *in->variant))
    return no_memory(in, err);
  in->variant = items;
  entry->n_variants++;
  in->variant[in->n_variants++] = (variant){patient, entry};
  return RC_OK;
}

/// The columns that matter, of one row.
static rc_status split_row(const reader *in, char *line, int64_t number, char *field[N_FIELDS],
                           rc_error *err) {
  char *at = line;
  int64_t n = 0;
  for (; at != NULL; n++) {
    char *text = next_field(&at);
    for (int f = 0; f < N_FIELDS; f++)
      if (in->column[f] == n)
        field[f] = text;
  }
  for (int f = 0; f < N_FIELDS; f++)
    if (field[f] == NULL)
      return rc_fail(err, RC_ERR_FORMAT, "%s:%lld: %lld fields; %s is field %lld of the header",
                     in->path, (long long)number, (long long)n, field_names[f],
                     (long long)(in->column[f] + 1));
  if (field[BARCODE][0] == '\0')
    return rc_fail(err, RC_ERR_FORMAT, "%s:%lld: %s is empty", in->path, (long long)number,
                   field_names[BARCODE]);
  return RC_OK;
}

static rc_status read_row(reader *in, char *line, int64_t number, rc_variant_matrix *out,
                          rc_error *err) {
  char *field[N_FIELDS] = {NULL, NULL, NULL};
  rc_status status = split_row(in, line, number, field, err);
  if (status != RC_OK)
    return status;
  char id[256];
  if (strlen(field[BARCODE]) >= sizeof id)
    return rc_fail(err, RC_ERR_LIMIT, "%s:%lld: %s is longer than %zu bytes", in->path,
                   (long long)number, field_names[BARCODE], sizeof id - 1);
  memcpy(id, field[BARCODE], strlen(field[BARCODE]) + 1);
  if (in->settings->tcga_barcodes)
    rc_tcga_patient(field[BARCODE], id, sizeof id);
  const int64_t known_samples = in->samples.n;
  name *patient = intern(&in->patients, id, in->arena);
  if (patient == NULL || intern(&in->samples, field[BARCODE], in->arena) == NULL ||
      intern(&in->classes, field[CLASS], in->arena) == NULL)
    return no_memory(in, err);
  patient->n_samples += in->samples.n - known_samples;
  out->n_rows_read++;
  if (!counts(in->settings, field[CLASS]))
    return RC_OK;
  out->n_rows_counted++;
  return add_variant(in, patient, field[GENE], err);
}

static rc_status read_rows(reader *in, size_t max_bytes, rc_variant_matrix *out, rc_error *err) {
  rc_lines *lines = NULL;
  char *line = NULL;
  int64_t number = 0;
  bool has_header = false;
  rc_status status = rc_lines_open(in->path, max_bytes, &lines, err);
  while (status == RC_OK) {
    status = rc_lines_next(lines, &line, &number, err);
    if (status != RC_OK || line == NULL)
      break;
    if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
      continue;
    status = has_header ? read_row(in, line, number, out, err) : read_header(in, line, number, err);
    has_header = true;
  }
  if (status == RC_OK && !has_header)
    status = rc_fail(err, RC_ERR_FORMAT, "%s:1: no header line", in->path);
  rc_lines_close(lines);
  return status;
}

/// Every class asked for must be one of the specification or occur in the file.
static rc_status check_classes(const reader *in, rc_error *err) {
  const int64_t n_known = sizeof known_classes / sizeof known_classes[0];
  for (int64_t i = 0; i < in->settings->classes.n; i++) {
    const char *wanted = in->settings->classes.item[i];
    bool found = false;
    for (int64_t k = 0; k < n_known; k++)
      found = found || strcasecmp(wanted, known_classes[k]) == 0;
    for (int64_t k = 0; k < in->classes.n; k++)
      found = found || strcasecmp(wanted, in->classes.item[k]->text) == 0;
    if (found)
      continue;
    const char *nearest = rc_nearest(wanted, known_classes, n_known);
    return rc_fail(err, RC_ERR_NOT_FOUND, "classes: '%s' is no variant class and not in %s%s%s%s",
                   wanted, in->path, nearest != NULL ? "; did you mean '" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
  }
  return RC_OK;
}

static bool gene_selected(const rc_maf_settings *settings, const name *gene) {
  if (gene->n_patients < settings->min_patients)
    return false;
  for (int64_t i = 0; i < settings->genes.n; i++)
    if (rc_glob(settings->genes.item[i], gene->text, false))
      return true;
  return settings->genes.n == 0;
}

/// Sorts names and gives them their places.
static void number_names(names *set) {
  if (set->n > 0)
    qsort(set->item, (size_t)set->n, sizeof *set->item, compare_items);
  for (int64_t i = 0; i < set->n; i++)
    set->item[i]->index = i;
}

static int compare_variants(const void *a, const void *b) {
  const variant *x = a;
  const variant *y = b;
  if (x->patient->index != y->patient->index)
    return x->patient->index < y->patient->index ? -1 : 1;
  return (x->gene->index > y->gene->index) - (x->gene->index < y->gene->index);
}

/// Sorts variants, drops repeats of a gene in a patient and counts each gene's patients.
static void unite_variants(reader *in) {
  if (in->n_variants > 0)
    qsort(in->variant, (size_t)in->n_variants, sizeof *in->variant, compare_variants);
  int64_t n = 0;
  for (int64_t i = 0; i < in->n_variants; i++) {
    if (n > 0 && compare_variants(&in->variant[n - 1], &in->variant[i]) == 0)
      continue;
    in->variant[n++] = in->variant[i];
    in->variant[n - 1].gene->n_patients++;
  }
  in->n_variants = n;
}

static rc_frame *make_frame(const char *what, const char *index_name, int64_t n, const char *first,
                            const char *second, rc_arena *arena) {
  rc_frame *frame = rc_frame_create(arena, what, index_name, n);
  if (frame == NULL || rc_frame_add(frame, first, RC_COLUMN_INT) == NULL ||
      rc_frame_add(frame, second, RC_COLUMN_INT) == NULL)
    return NULL;
  return frame;
}

static rc_status make_matrix(reader *in, rc_variant_matrix *out, rc_error *err) {
  number_names(&in->patients);
  number_names(&in->genes);
  unite_variants(in);
  int64_t n_genes = 0;
  for (int64_t g = 0; g < in->genes.n; g++) {
    name *gene = in->genes.item[g];
    gene->index = gene_selected(in->settings, gene) ? n_genes++ : -1;
  }
  const int64_t n_patients = in->patients.n;
  if (n_genes > 0 && n_patients > MAX_CELLS / n_genes)
    return rc_fail(err, RC_ERR_LIMIT,
                   "%s: %lld patients x %lld genes are too many; choose with min_patients or genes",
                   in->path, (long long)n_patients, (long long)n_genes);
  out->obs = make_frame("variants", "patient", n_patients, "n_variants", "n_samples", in->arena);
  out->var = make_frame("variants", "gene", n_genes, "n_patients", "n_variants", in->arena);
  out->x = rc_arena_alloc(in->arena, (size_t)(n_patients * n_genes), sizeof *out->x);
  if (out->obs == NULL || out->var == NULL || out->x == NULL)
    return no_memory(in, err);
  for (int64_t p = 0; p < n_patients; p++) {
    const name *patient = in->patients.item[p];
    out->obs->index[p] = patient->text;
    out->obs->column[0].integer[p] = patient->n_variants;
    out->obs->column[1].integer[p] = patient->n_samples;
  }
  for (int64_t g = 0; g < in->genes.n; g++) {
    const name *gene = in->genes.item[g];
    if (gene->index < 0)
      continue;
    out->var->index[gene->index] = gene->text;
    out->var->column[0].integer[gene->index] = gene->n_patients;
    out->var->column[1].integer[gene->index] = gene->n_variants;
  }
  for (int64_t i = 0; i < in->n_variants; i++)
    if (in->variant[i].gene->index >= 0)
      out->x[in->variant[i].patient->index * n_genes + in->variant[i].gene->index] = 1.0;
  return RC_OK;
}

rc_status rc_maf_read(const rc_maf_settings *settings, const char *path, size_t max_bytes,
                      rc_arena *arena, rc_variant_matrix *out, rc_error *err) {
  reader in = {.settings = settings, .path = path, .arena = arena};
  *out = (rc_variant_matrix){0};
  rc_status status = read_rows(&in, max_bytes, out, err);
  if (status == RC_OK)
    status = check_classes(&in, err);
  if (status == RC_OK)
    status = make_matrix(&in, out, err);
  release(&in.patients);
  release(&in.genes);
  release(&in.samples);
  release(&in.classes);
  free(in.variant);
  return status;
}
