// SPDX-License-Identifier: Apache-2.0
#include "filters/mirror_spline.h"

#include <math.h>
#include <omp.h>

/// One line of n > 1.
static void run_line(double *c, int64_t n) {
  const double pole = sqrt(3.0) - 2.0, gain = (1.0 - pole) * (1.0 - 1.0 / pole);
  const double far = pow(pole, (double)(n - 1));
  double power = pole;
  for (int64_t i = 0; i < n; i++)
    c[i] *= gain;
  c[0] += far * c[n - 1];
  for (int64_t i = 1; i < n - 1; i++) {
    c[0] += power * (c[i] + far * c[n - 1 - i]);
    power *= pole;
  }
  c[0] /= 1 - far * far;
  for (int64_t i = 1; i < n; i++)
    c[i] += pole * c[i - 1];
  c[n - 1] = (pole * c[n - 2] + c[n - 1]) * pole / (pole * pole - 1);
  for (int64_t i = n - 2; i >= 0; i--)
    c[i] = pole * (c[i + 1] - c[i]);
}

static void run_axis(const int64_t size[3], int axis, double *value, double *scratch) {
  const int64_t stride[3] = {1, size[0], size[0] * size[1]};
  const int a = axis == 0 ? 1 : 0, b = 3 - axis - a;
  const int64_t n = size[axis];
#pragma omp parallel for schedule(static)
  for (int64_t line = 0; line < size[a] * size[b]; line++) {
    double *c = scratch + omp_get_thread_num() * n;
    double *from = value + line % size[a] * stride[a] + line / size[a] * stride[b];
    for (int64_t i = 0; i < n; i++)
      c[i] = from[i * stride[axis]];
    run_line(c, n);
    for (int64_t i = 0; i < n; i++)
      from[i * stride[axis]] = c[i];
  }
}

rc_status rc_mirror_spline(const int64_t size[3], double *value, rc_arena *arena, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  for (int axis = 2; axis >= 0; axis--) {
    double *scratch =
        rc_arena_alloc(arena, (size_t)omp_get_max_threads() * (size_t)size[axis], sizeof *scratch);
    if (scratch == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "no memory for a spline of %lld voxels",
                     (long long)size[axis]);
    if (size[axis] > 1)
      run_axis(size, axis, value, scratch);
    rc_arena_rewind(arena, mark);
  }
  return RC_OK;
}

void rc_mirror_spline_weights(double at, double weight[4]) {
  const double y = at - floor(at), z = 1.0 - y;
  weight[1] = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
  weight[2] = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
  weight[0] = z * z * z / 6.0;
  weight[3] = 1.0 - weight[0] - weight[1] - weight[2];
}

int64_t rc_mirror_spline_index(int64_t n, int64_t at) {
  if (n == 1)
    return 0;
  at = at < 0 ? -at : at;
  at %= 2 * (n - 1);
  return at < n ? at : 2 * (n - 1) - at;
}
