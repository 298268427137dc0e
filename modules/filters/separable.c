// SPDX-License-Identifier: Apache-2.0
#include "filters/separable.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TURNS = 24, NOT_DONE = -1 };

/// A kernel and whether it is mirrored, as one number.
static int pass_number(int kernel, bool flipped) {
  return 2 * kernel + flipped;
}

/// Passes along x, y, z that together give (one turn of) response `product`.
typedef struct turn {
  int pass[3];
  int64_t product;
} turn;

typedef struct job {
  const rc_separable *filter;
  const rc_filter_image *image;
  rc_arena *arena;
  bool same_flipped[RC_SEPARABLE_KERNELS]; ///< mirroring the kernel changes nothing
  double *after[3];                        ///< after the passes along z, z and y, all
  int done[3];                             ///< the pass that after[] holds, or NOT_DONE
  double *between;                         ///< between stages; NULL when there is one only
  double *pooled;                          ///< NULL without rotations
} job;

// --- turns -------------------------------------------------------------------------------------

static bool is_symmetric(const rc_axis_kernel *kernel) {
  for (int64_t s = 0; s < kernel->n_stages; s++) {
    const rc_kernel *stage = &kernel->stage[s];
    for (int64_t k = 0; k < stage->n; k++)
      if (stage->n % 2 == 0 || stage->tap[k] != stage->tap[stage->n - 1 - k])
        return false;
  }
  return true;
}

/// Along z first, then y, then x: neighbours share their passes.
static int by_pass(const void *a, const void *b) {
  const turn *p = a, *q = b;
  for (int d = 2; d >= 0; d--)
    if (p->pass[d] != q->pass[d])
      return p->pass[d] < q->pass[d] ? -1 : 1;
  return (p->product > q->product) - (p->product < q->product);
}

static bool same_passes(const turn *a, const turn *b) {
  return memcmp(a->pass, b->pass, sizeof a->pass) == 0;
}

/// The different turns of a product, sorted; returns their number.
static int64_t list_turns(const job *j, const rc_product *product, turn out[MAX_TURNS]) {
  static const int order[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}};
  static const bool odd[6] = {false, true, true, false, false, true};
  bool flat = j->filter->n_axes == 2;
  int64_t n = 0, different = 0;
  for (int p = 0; p < (flat ? 2 : 6); p++)
    for (int flips = 0; flips < (flat ? 4 : 8); flips++) {
      const bool flipped[3] = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
      // A turn has determinant +1; the others are mirror images.
      if ((flipped[0] ^ flipped[1] ^ flipped[2]) != odd[p])
        continue;
      for (int d = 0; d < 3; d++) {
        int kernel = product->kernel[order[p][d]];
        out[n].pass[d] = pass_number(kernel, flipped[d] && !j->same_flipped[kernel]);
      }
      out[n++].product = 0;
    }
  qsort(out, (size_t)n, sizeof *out, by_pass);
  for (int64_t i = 0; i < n; i++)
    if (i == 0 || !same_passes(&out[i], &out[different - 1]))
      out[different++] = out[i];
  return different;
}

// --- passes ------------------------------------------------------------------------------------

static int64_t total_reach(const rc_axis_kernel *kernel, int64_t first_stage) {
  int64_t reach = 0;
  for (int64_t s = first_stage; s < kernel->n_stages; s++)
    reach += rc_kernel_reach(&kernel->stage[s]);
  return reach;
}

/// The longest reach of any kernel: turns exchange them.
static int64_t longest_reach(const rc_separable *filter) {
  int64_t longest = 0;
  for (int64_t k = 0; k < filter->n_kernels; k++) {
    int64_t reach = total_reach(&filter->kernel[k], 0);
    longest = reach > longest ? reach : longest;
  }
  return longest;
}

rc_filter_support rc_separable_support(const rc_separable *filter) {
  int64_t reach = longest_reach(filter);
  return (rc_filter_support){.reach = {reach, reach, filter->n_axes == 3 ? reach : 0},
                             .wraps = filter->boundary == RC_BOUNDARY_PERIODIC};
}

/// The box that stage `s` along `axis` has to fill: the wanted voxels, more along the axis for the
/// stages to come, and along the axes that are still to be filtered.
static rc_box box_of_stage(const job *j, const rc_axis_kernel *kernel, int axis, int64_t s) {
  const rc_boundary boundary = j->filter->boundary;
  const int64_t *size = j->image->grid.size;
  rc_box box = j->image->wanted;
  for (int d = 0; d <= axis; d++) {
    int64_t reach = d == axis ? total_reach(kernel, s + 1) : longest_reach(j->filter);
    rc_kernel_needs(reach, boundary, size[d], box.low[d], box.high[d], &box.low[d], &box.high[d]);
  }
  return box;
}

/// All stages of a pass along one axis, into after[axis].
static rc_status run_pass(job *j, int axis, int pass, const double *in, rc_error *err) {
  const rc_axis_kernel *kernel = &j->filter->kernel[pass / 2];
  rc_status status = RC_OK;
  for (int64_t s = 0; status == RC_OK && s < kernel->n_stages; s++) {
    rc_kernel stage = kernel->stage[s];
    rc_box box = box_of_stage(j, kernel, axis, s);
    // The last stage writes to after[axis]; those before it take turns.
    double *out = (kernel->n_stages - 1 - s) % 2 == 0 ? j->after[axis] : j->between;
    stage.flipped = pass % 2 == 1;
    status = rc_convolve(&stage, axis, j->filter->boundary, j->image->grid.size, &box, in, out,
                         j->arena, err);
    in = out;
  }
  j->done[axis] = pass;
  return status;
}

/// Brings after[0] to a turn's response, computing only what differs from the last one.
static rc_status run_turn(job *j, const turn *t, rc_error *err) {
  const double *in = j->image->value;
  rc_status status = RC_OK;
  for (int axis = j->filter->n_axes == 3 ? 2 : 1; axis >= 0 && status == RC_OK; axis--) {
    if (j->done[axis] != t->pass[axis]) {
      status = run_pass(j, axis, t->pass[axis], in, err);
      for (int later = axis - 1; later >= 0; later--)
        j->done[later] = NOT_DONE;
    }
    in = j->after[axis];
  }
  return status;
}

// --- responses ---------------------------------------------------------------------------------

/// Each product as it is, in the order that shares most.
static rc_status run_plain(job *j, const rc_product *product, int64_t n, rc_filter_take take,
                           void *user, rc_error *err) {
  rc_status status = RC_OK;
  turn *list = rc_arena_alloc(j->arena, (size_t)n, sizeof *list);
  if (list == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a filter bank");
  for (int64_t i = 0; i < n; i++) {
    list[i].product = i;
    for (int d = 0; d < 3; d++)
      list[i].pass[d] = pass_number(product[i].kernel[d], false);
  }
  qsort(list, (size_t)n, sizeof *list, by_pass);
  for (int64_t i = 0; status == RC_OK && i < n; i++) {
    status = run_turn(j, &list[i], err);
    if (status == RC_OK)
      status = take(user, list[i].product, j->after[0], err);
  }
  return status;
}

static void pool_turn(const job *j, int64_t number) {
  const rc_box *box = &j->image->wanted;
  const int64_t *size = j->image->grid.size;
#pragma omp parallel for schedule(static)
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++) {
      int64_t at = box->low[0] + size[0] * (y + size[1] * z);
      rc_pool_add(j->filter->pooling, number, j->after[0] + at, box->high[0] - box->low[0],
                  j->pooled + at);
    }
}

static rc_status run_turned(job *j, const rc_product *product, int64_t n, rc_filter_take take,
                            void *user, rc_error *err) {
  turn list[MAX_TURNS];
  rc_status status = RC_OK;
  int64_t n_voxels = rc_geometry_voxels(&j->image->grid);
  for (int64_t i = 0; status == RC_OK && i < n; i++) {
    int64_t n_turns = list_turns(j, &product[i], list);
    for (int64_t t = 0; status == RC_OK && t < n_turns; t++) {
      status = run_turn(j, &list[t], err);
      if (status == RC_OK)
        pool_turn(j, t);
    }
    if (status != RC_OK)
      break;
    rc_pool_finish(j->filter->pooling, n_turns, n_voxels, j->pooled);
    status = take(user, i, j->pooled, err);
  }
  return status;
}

static bool allocate(job *j) {
  size_t n = (size_t)rc_geometry_voxels(&j->image->grid);
  bool staged = false, good = true;
  for (int64_t k = 0; k < j->filter->n_kernels; k++)
    staged = staged || j->filter->kernel[k].n_stages > 1;
  for (int axis = 0; axis < j->filter->n_axes; axis++) {
    j->after[axis] = rc_arena_alloc(j->arena, n, sizeof(double));
    good = good && j->after[axis] != NULL;
  }
  if (staged)
    j->between = rc_arena_alloc(j->arena, n, sizeof(double));
  if (j->filter->rotations)
    j->pooled = rc_arena_alloc(j->arena, n, sizeof(double));
  return good && (!staged || j->between != NULL) && (!j->filter->rotations || j->pooled != NULL);
}

rc_status rc_separable_run(const rc_separable *filter, const rc_product *product,
                           int64_t n_products, const rc_filter_image *image, rc_arena *arena,
                           rc_filter_take take, void *user, rc_error *err) {
  job j = {
      .filter = filter, .image = image, .arena = arena, .done = {NOT_DONE, NOT_DONE, NOT_DONE}};
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = RC_OK;
  for (int64_t k = 0; k < filter->n_kernels; k++)
    j.same_flipped[k] = is_symmetric(&filter->kernel[k]);
  if (!allocate(&j))
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for a filter on %lld voxels",
                     (long long)rc_geometry_voxels(&image->grid));
  else if (filter->rotations)
    status = run_turned(&j, product, n_products, take, user, err);
  else
    status = run_plain(&j, product, n_products, take, user, err);
  rc_arena_rewind(arena, mark);
  return status;
}
