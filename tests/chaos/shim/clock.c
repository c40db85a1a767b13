/*
 * A wall clock that a test can set, for programs that are started with this as LD_PRELOAD. The file that
 * CHAOS_CLOCK names holds one signed 64-bit number: nanoseconds that the wall clock is ahead of the machine's.
 * Clocks that nobody sets (CLOCK_MONOTONIC) stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NANOS 1000000000LL

static volatile int64_t *offset;

/* Once at the start: what is forked later shares the mapping, so that one write reaches every process. */
__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("CHAOS_CLOCK");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) offset = page;
}

static int real_clock(clockid_t clock, struct timespec *at) {
  static int (*next)(clockid_t, struct timespec *);
  if (next == NULL) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return next == NULL ? (int)syscall(SYS_clock_gettime, clock, at) : next(clock, at);
}

static void shift(struct timespec *at) {
  if (offset == NULL) return;
  int64_t nanos = (int64_t)at->tv_sec * NANOS + at->tv_nsec + *offset;
  at->tv_sec = nanos / NANOS;
  at->tv_nsec = nanos % NANOS;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int failed = real_clock(clock, at);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(at);
  return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
