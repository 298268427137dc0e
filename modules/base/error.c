// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// Hostile names may hold newlines or terminal escapes; a message is one line of plain text.
static void sanitise(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
}

/// A truncated text must not end inside a UTF-8 character.
static void trim_partial_utf8(char *text) {
  size_t n = strlen(text), start = n;
  while (start > 0 && n - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
    start--;
  if (start == 0)
    return;
  unsigned char lead = (unsigned char)text[start - 1];
  size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (need > 0 && n - start < need)
    text[start - 1] = '\0';
}

rc_status rc_fail(rc_error *err, rc_status status, const char *format, ...) {
  if (err == NULL || err->status != RC_OK)
    return status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  sanitise(err->message);
  trim_partial_utf8(err->message);
  err->status = status;
  return status;
}

rc_status rc_error_context(rc_error *err, const char *format, ...) {
  if (err == NULL)
    return RC_ERR_INTERNAL;
  char context[RC_ERROR_TEXT], cause[RC_ERROR_TEXT];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context, sizeof context, format, arguments);
  va_end(arguments);
  memcpy(cause, err->message, sizeof cause);
  // The cause matters more than where it came from: a long context is cut first.
  size_t cause_length = strlen(cause), context_length = strlen(context);
  size_t room = sizeof err->message - 3 - (cause_length < 512 ? cause_length : 512);
  if (context_length > room)
    context_length = room;
  memcpy(err->message, context, context_length);
  memcpy(err->message + context_length, ": ", 2);
  size_t left = sizeof err->message - context_length - 3;
  memcpy(err->message + context_length + 2, cause, cause_length < left ? cause_length : left);
  err->message[context_length + 2 + (cause_length < left ? cause_length : left)] = '\0';
  sanitise(err->message);
  trim_partial_utf8(err->message);
  return err->status;
}

void rc_error_clear(rc_error *err) {
  err->status = RC_OK;
  err->message[0] = '\0';
}
