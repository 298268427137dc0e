// SPDX-License-Identifier: Apache-2.0
// Time and memory of every filter, a line for each of some usual settings:
//
//   bench_filters [--size N] [--filter KEY]
//
// on a cube of N^3 voxels (160). A response has to read the image once and to write itself, 16
// bytes a voxel, so a copy of the image is the physical limit; the last column says how many copies
// a response takes.
#include "base/arena.h"
#include "base/text.h"
#include "filters/filter.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct use {
  rc_profile profile;
  const char *key;
  const char *setting[9]; ///< "key=value", lists with commas
} use;

static const use uses[] = {
    {RC_PROFILE_IBSI, "mean", {"size=5"}},
    {RC_PROFILE_IBSI, "laplacian_of_gaussian", {"sigma=1"}},
    {RC_PROFILE_IBSI, "laplacian_of_gaussian", {"sigma=1,2,3,4,5"}},
    {RC_PROFILE_IBSI, "laws", {"kernels=L5E5E5"}},
    {RC_PROFILE_IBSI, "laws", {"kernels=L5E5E5", "rotations=true", "energy=7"}},
    {RC_PROFILE_IBSI, "gabor", {"sigma=5", "lambda=2", "gamma=1.5", "step=22.5"}},
    {RC_PROFILE_IBSI, "separable_wavelet", {"bands=all"}},
    {RC_PROFILE_IBSI, "separable_wavelet", {"wavelet=db3", "bands=LLH", "rotations=true"}},
    {RC_PROFILE_IBSI, "nonseparable_wavelet", {"level=1"}},
    {RC_PROFILE_IBSI, "square", {NULL}},
    {RC_PROFILE_IBSI, "square_root", {NULL}},
    {RC_PROFILE_IBSI, "logarithm", {NULL}},
    {RC_PROFILE_IBSI, "exponential", {NULL}},
    {RC_PROFILE_IBSI, "gradient", {NULL}},
    {RC_PROFILE_IBSI, "local_binary_pattern_2d", {NULL}},
    {RC_PROFILE_IBSI, "local_binary_pattern_3d", {NULL}},
    {RC_PROFILE_PYRADIOMICS, "laplacian_of_gaussian", {"sigma=1,2,3,4,5"}},
    {RC_PROFILE_PYRADIOMICS, "wavelet", {NULL}},
};

typedef struct options {
  int64_t size;
  const char *filter;
} options;

static bool parse(int argc, char **argv, options *o) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--filter") == 0)
      o->filter = argv[i + 1];
    else if (strcmp(argv[i], "--size") != 0 || !rc_parse_int(argv[i + 1], &o->size))
      return false;
  }
  return argc % 2 == 1 && o->size >= 4 && o->size <= 2048;
}

static rc_status set_all(const rc_filter *filter, const use *u, void *settings, rc_arena *arena,
                         rc_error *err) {
  rc_status status = rc_param_defaults(filter->params, settings, arena, err);
  for (int i = 0; status == RC_OK && u->setting[i] != NULL; i++) {
    char text[128], *item[16];
    int64_t n = 0;
    snprintf(text, sizeof text, "%s", u->setting[i]);
    char *value = strchr(text, '=');
    *value++ = '\0';
    for (char *at = strtok(value, ","); at != NULL && n < 16; at = strtok(NULL, ","))
      item[n++] = at;
    status = rc_param_set(rc_param_find(filter->params, text), settings, (const char *const *)item,
                          n, arena, err);
  }
  return status;
}

static rc_status count_calls(void *user, int64_t response, const double *value, rc_error *err) {
  (void)response, (void)err;
  *(int64_t *)user += value != NULL;
  return RC_OK;
}

/// Fastest of several runs, up to about a second of them.
static rc_status time_filter(const rc_filter *filter, const void *settings,
                             const rc_filter_image *image, double *seconds, int64_t *responses,
                             size_t *bytes, rc_error *err) {
  rc_arena *arena = rc_arena_create(0);
  double spent = 0.0;
  rc_status status = arena == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory") : RC_OK;
  *seconds = INFINITY;
  for (int run = 0; status == RC_OK && run < 50 && (run < 2 || spent < 1.0); run++) {
    *responses = 0;
    double start = omp_get_wtime();
    status = filter->apply(settings, image, arena, count_calls, responses, err);
    double took = omp_get_wtime() - start;
    spent += took;
    *seconds = took < *seconds ? took : *seconds;
  }
  *bytes = arena == NULL ? 0 : rc_arena_peak(arena);
  rc_arena_destroy(arena);
  return status;
}

/// Seconds a copy of n numbers takes.
static double time_copy(const double *from, double *to, int64_t n) {
  double fastest = INFINITY;
  for (int run = 0; run < 10; run++) {
    double start = omp_get_wtime();
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
      to[i] = from[i];
    double took = omp_get_wtime() - start;
    fastest = took < fastest ? took : fastest;
  }
  return fastest;
}

static rc_status bench_use(const use *u, const rc_filter_image *image, double copy, rc_error *err) {
  const rc_filter *filter = rc_filter_find(u->profile, u->key);
  rc_arena *kept = rc_arena_create(0);
  char settings_text[96] = "";
  double seconds = 0.0;
  int64_t responses = 0;
  size_t bytes = 0;
  void *settings = kept == NULL ? NULL : rc_arena_alloc(kept, 1, filter->params->struct_size + 1);
  rc_status status = settings == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory")
                                      : set_all(filter, u, settings, kept, err);
  if (status == RC_OK)
    status = time_filter(filter, settings, image, &seconds, &responses, &bytes, err);
  for (int i = 0; u->setting[i] != NULL; i++)
    snprintf(settings_text + strlen(settings_text), sizeof settings_text - strlen(settings_text),
             " %s", u->setting[i]);
  const double n = (double)rc_geometry_voxels(&image->grid), each = seconds / (double)responses;
  if (status == RC_OK)
    printf("  %-11s %-23s %-42s %3lld %9.1f %9.2f %8.0f %7.1f\n", rc_profile_names[u->profile],
           u->key, settings_text, (long long)responses, 1e3 * seconds, 1e9 * each / n,
           (double)bytes / n, each / copy);
  rc_arena_destroy(kept);
  return status;
}

static rc_status bench(const options *o, rc_error *err) {
  const int64_t n = o->size * o->size * o->size;
  double *value = malloc((size_t)n * sizeof *value), *other = malloc((size_t)n * sizeof *other);
  rc_status status = RC_OK;
  if (value == NULL || other == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory");
    goto done;
  }
  uint64_t state = 1;
  for (int64_t i = 0; i < n; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    value[i] = (double)(state >> 52) - 1000;
  }
  memset(other, 0, (size_t)n * sizeof *other);
  const double copy = time_copy(value, other, n);
  const rc_filter_image image = {
      .grid = {{o->size, o->size, o->size}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}},
      .value = value,
      .wanted = {{0, 0, 0}, {o->size, o->size, o->size}},
      .type = RC_VOXEL_SINGLE};
  printf("%lld^3 voxels, %d threads; a copy of the image takes %.2f ms (%.1f GB/s)\n",
         (long long)o->size, omp_get_max_threads(), 1e3 * copy, 16e-9 * (double)n / copy);
  printf("  %-11s %-23s %-42s %3s %9s %9s %8s %7s\n", "profile", "filter", " settings", "n", "ms",
         "ns/voxel", "bytes", "copies");
  for (size_t i = 0; i < sizeof uses / sizeof *uses && status == RC_OK; i++)
    if (o->filter == NULL || strcmp(o->filter, uses[i].key) == 0)
      status = bench_use(&uses[i], &image, copy, err);
  puts("  (n responses in all; ns/voxel and copies of each, bytes of working memory a voxel)");
done:
  free(value);
  free(other);
  return status;
}

int main(int argc, char **argv) {
  options o = {160, NULL};
  rc_error err = RC_ERROR_INIT;
  if (!parse(argc, argv, &o)) {
    fprintf(stderr, "usage: bench_filters [--size 4..2048] [--filter KEY]\n");
    return 2;
  }
  rc_status status = bench(&o, &err);
  if (status != RC_OK)
    fprintf(stderr, "bench_filters: %s\n", err.message);
  return status == RC_OK ? 0 : 1;
}
