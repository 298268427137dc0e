// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 28
#define BAR_INTERVAL 0.1   ///< seconds between redraws
#define LINE_INTERVAL 10.0 ///< seconds between progress lines where there is no terminal
#define MESSAGE_TEXT 2048

typedef struct progress {
  const char *what;
  int64_t n_items, n_done, n_failed;
  double total_cost, done_cost;
  double start, last_shown;
  bool active;
} progress;

struct rc_log {
  rc_log_options options;
  FILE *file;
  bool terminal; ///< standard error can redraw a line
  bool bar_shown;
  progress progress;
};

/// Names from files may hold newlines or terminal escapes; a message is one line of plain text.
static void sanitise(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
}

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

rc_status rc_log_create(const rc_log_options *options, rc_log **out, rc_error *err) {
  *out = NULL;
  rc_log *log = calloc(1, sizeof *log);
  if (log == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  log->options = *options;
  log->terminal = isatty(STDERR_FILENO) && !options->json;
  if (options->path != NULL) {
    log->file = fopen(options->path, "a");
    if (log->file == NULL) {
      rc_status status =
          rc_fail(err, RC_ERR_IO, "%s: cannot write the log: %s", options->path, strerror(errno));
      free(log);
      return status;
    }
    if (flock(fileno(log->file), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      rc_log_destroy(log);
      return rc_fail(err, RC_ERR_IO,
                     "%s: another run is writing here; wait for it or choose another "
                     "output",
                     options->path);
    }
  }
  *out = log;
  return RC_OK;
}

void rc_log_destroy(rc_log *log) {
  if (log == NULL)
    return;
  if (log->file != NULL)
    fclose(log->file);
  free(log);
}

static void time_stamp(char *out, size_t capacity) {
  time_t seconds = time(NULL);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  strftime(out, capacity, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void put_json_text(FILE *file, const char *text) {
  fputc('"', file);
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(file, "\\%c", *c);
    else if (*c < 0x20)
      fprintf(file, "\\u%04x", *c);
    else
      fputc(*c, file);
  }
  fputc('"', file);
}

static void put_json(FILE *file, rc_log_level level, const char *event, const char *message) {
  char stamp[32];
  time_stamp(stamp, sizeof stamp);
  fprintf(file, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", stamp, level_names[level]);
  put_json_text(file, event);
  fputs(",\"message\":", file);
  put_json_text(file, message);
  fputs("}\n", file);
}

static void erase_bar(rc_log *log) {
  if (log->bar_shown)
    fputs("\r\x1b[K", stderr);
  log->bar_shown = false;
}

static void show(rc_log *log, rc_log_level level, const char *event, const char *message) {
  erase_bar(log);
  if (log->options.json)
    put_json(stderr, level, event, message);
  else
    fprintf(stderr, "%s%s\n",
            level == RC_LOG_ERROR     ? "error: "
            : level == RC_LOG_WARNING ? "warning: "
                                      : "",
            message);
}

static rc_log_level threshold(const rc_log *log) {
  return log->options.quiet ? RC_LOG_WARNING : log->options.verbose ? RC_LOG_DEBUG : RC_LOG_INFO;
}

void rc_log_say(rc_log *log, rc_log_level level, const char *event, const char *format, ...) {
  if (log == NULL)
    return;
  char message[MESSAGE_TEXT];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  sanitise(message);
  if (level >= threshold(log))
    show(log, level, event, message);
  if (log->file == NULL)
    return;
  if (log->options.json) {
    put_json(log->file, level, event, message);
  } else {
    char stamp[32];
    time_stamp(stamp, sizeof stamp);
    fprintf(log->file, "%s %-7s %s\n", stamp, level_names[level], message);
  }
  fflush(log->file);
}

void rc_format_seconds(double seconds, char *out, size_t capacity) {
  if (!(seconds >= 0) || seconds > 1e9)
    snprintf(out, capacity, "?");
  else if (seconds < 59.95)
    snprintf(out, capacity, "%.1f s", seconds);
  else if (seconds < 3570)
    snprintf(out, capacity, "%d min %02d s", (int)(seconds / 60), (int)seconds % 60);
  else
    snprintf(out, capacity, "%d h %02d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
}

void rc_progress_begin(rc_log *log, const char *what, int64_t n_items, double total_cost) {
  if (log == NULL || n_items == 0)
    return;
  log->progress = (progress){.what = what,
                             .n_items = n_items,
                             .total_cost = total_cost,
                             .start = now(),
                             .last_shown = now(),
                             .active = true};
}

/// "cases 12/48 (1 failed)  3.1/s  ETA 11.2 s"
static void describe(const progress *p, char *out, size_t capacity) {
  double elapsed = now() - p->start, share = p->total_cost > 0 ? p->done_cost / p->total_cost : 0;
  char eta[32] = "?", failed[48] = "";
  if (share > 0)
    rc_format_seconds(elapsed * (1 - share) / share, eta, sizeof eta);
  if (p->n_failed > 0)
    snprintf(failed, sizeof failed, " (%lld failed)", (long long)p->n_failed);
  snprintf(out, capacity, "%s %lld/%lld%s  %.1f/s  ETA %s", p->what, (long long)p->n_done,
           (long long)p->n_items, failed, elapsed > 0 ? (double)p->n_done / elapsed : 0.0, eta);
}

static void draw_bar(rc_log *log) {
  const progress *p = &log->progress;
  char text[160], bar[BAR_WIDTH + 1];
  describe(p, text, sizeof text);
  double share = p->n_items > 0 ? (double)p->n_done / (double)p->n_items : 1;
  int filled = (int)(share * BAR_WIDTH);
  for (int i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  fprintf(stderr, "\r[%s] %3.0f %%  %s\x1b[K", bar, 100 * share, text);
  fflush(stderr);
  log->bar_shown = true;
}

static void show_progress(rc_log *log, bool last) {
  progress *p = &log->progress;
  double interval = log->terminal ? BAR_INTERVAL : LINE_INTERVAL, t = now();
  if (log->options.quiet || (!last && t - p->last_shown < interval))
    return;
  p->last_shown = t;
  if (log->terminal) {
    draw_bar(log);
    return;
  }
  char text[160];
  describe(p, text, sizeof text);
  show(log, RC_LOG_INFO, "progress", text);
}

void rc_progress_step(rc_log *log, double cost, bool failed) {
  if (log == NULL || !log->progress.active)
    return;
  log->progress.n_done++;
  log->progress.n_failed += failed;
  log->progress.done_cost += cost;
  show_progress(log, false);
}

void rc_progress_end(rc_log *log) {
  if (log == NULL || !log->progress.active)
    return;
  progress *p = &log->progress;
  char took[32];
  erase_bar(log);
  p->active = false;
  rc_format_seconds(now() - p->start, took, sizeof took);
  rc_log_say(log, RC_LOG_INFO, "progress_end", "%lld %s done in %s, %lld failed",
             (long long)p->n_done, p->what, took, (long long)p->n_failed);
}
