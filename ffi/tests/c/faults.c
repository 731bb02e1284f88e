/* Descriptors that fail, do not block, are interrupted or lose their other end; files that cannot grow or shrink. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "testing.h"

/* Rows of a batch that no pipe or socket takes at once. */
#define MANY 100000

static uint8_t *stream_data = NULL;
static size_t stream_size = 0;

/* Fails unless a call fails with ARROWIPC_IO and this errno; names `&error` as its last argument. */
#define IO_ERROR(call, expected_errno)                                                                  \
  do {                                                                                                  \
    arrowipc_error *error = NULL;                                                                       \
    const int32_t call_status = (call);                                                                 \
    if (call_status != ARROWIPC_IO || arrowipc_error_errno(error) != (expected_errno)) {                \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, arrowipc_status_name(call_status),\
              arrowipc_error_message(error));                                                           \
      exit(1);                                                                                          \
    }                                                                                                   \
    arrowipc_error_free(error);                                                                         \
  } while (0)

static arrowipc_sink *sink_to(int fd) {
  arrowipc_sink *sink = NULL;
  OK(arrowipc_sink_to_fd(fd, 1, &sink, &err));
  return sink;
}

static arrowipc_source *source_of(int fd) {
  arrowipc_source *source = NULL;
  OK(arrowipc_source_from_fd(fd, 1, &source, &err));
  return source;
}

static arrowipc_writer *open_writer(arrowipc_sink *sink) {
  struct ArrowSchema schema = test_schema();
  arrowipc_writer *writer = NULL;
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  return writer;
}

/* Ends the program unless a child that ran `body` ended well, by itself. */
static void in_a_child(void (*body)(void)) {
  int status = -1;
  const pid_t child = fork();
  CHECK(child != -1);
  if (child == 0) {
    body();
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "a child ended with signal %d, status %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    exit(1);
  }
}

/* ---- nobody reads any more ---- */

static void make_pipe(int ends[2]) { CHECK(pipe(ends) == 0); }
static void make_sockets(int ends[2]) { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0); }

static void writer_without_reader(void (*make)(int[2])) {
  struct ArrowSchema schema = test_schema();
  struct ArrowArray batch = test_batch(0, MANY);
  arrowipc_writer *writer = NULL;
  struct sigaction action;
  sigset_t signals;
  int ends[2];
  make(ends);
  CHECK(close(ends[0]) == 0);
  IO_ERROR(arrowipc_writer_open(sink_to(ends[1]), &schema, NULL, &writer, &error), EPIPE);
  CHECK(writer == NULL);
  /* The other end goes while the writer is at work. */
  make(ends);
  writer = open_writer(sink_to(ends[1]));
  CHECK(close(ends[0]) == 0);
  IO_ERROR(arrowipc_writer_write(writer, &batch, NULL, &error), EPIPE);
  CHECK(batch.release == NULL);
  batch = test_batch(0, 2);
  FAILS(arrowipc_writer_write(writer, &batch, NULL, &err), ARROWIPC_INVALID_STATE,
        "the writer failed before, its output is incomplete");
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE,
        "the writer failed before, its output is incomplete");
  arrowipc_writer_free(writer);
  /* The signal did not come, does not wait, and nothing was changed about it. */
  CHECK(sigpending(&signals) == 0 && sigismember(&signals, SIGPIPE) == 0);
  CHECK(sigprocmask(SIG_BLOCK, NULL, &signals) == 0 && sigismember(&signals, SIGPIPE) == 0);
  CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
}

static void without_reader(void) {
  signal(SIGPIPE, SIG_DFL);
  writer_without_reader(make_pipe);
  writer_without_reader(make_sockets);
}

/* A signal that waits already is the program's, and goes on waiting. */
static void own_signal_waits(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_writer *writer = NULL;
  sigset_t signals;
  int ends[2];
  CHECK(sigemptyset(&signals) == 0 && sigaddset(&signals, SIGPIPE) == 0);
  CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0 && raise(SIGPIPE) == 0);
  make_pipe(ends);
  CHECK(close(ends[0]) == 0);
  IO_ERROR(arrowipc_writer_open(sink_to(ends[1]), &schema, NULL, &writer, &error), EPIPE);
  CHECK(sigpending(&signals) == 0 && sigismember(&signals, SIGPIPE) == 1);
}

/* ---- no room ---- */

static void full_device(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_writer *writer = NULL;
  const int fd = open("/dev/full", O_WRONLY);
  if (fd == -1) return; /* not every system has one */
  /* Nobody waits at a device: little is collected until the end. */
  OK(arrowipc_writer_open(sink_to(fd), &schema, NULL, &writer, &err));
  IO_ERROR(arrowipc_writer_finish(writer, &error), ENOSPC);
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE,
        "the writer failed before, its output is incomplete");
  arrowipc_writer_free(writer);
  CHECK(fcntl(fd, F_GETFD) == -1);
}

static int files_in_the_folder(void) {
  DIR *folder = opendir(".");
  struct dirent *entry;
  int files = 0;
  CHECK(folder != NULL);
  while ((entry = readdir(folder)) != NULL) {
    const char *name = entry->d_name;
    if (strstr(name, "table.arrow") != NULL) ++files;
  }
  closedir(folder);
  return files;
}

static arrowipc_sink *sink_to_table(void) {
  arrowipc_sink *sink = NULL;
  OK(arrowipc_sink_to_path("table.arrow", &sink, &err));
  return sink;
}

static void full_disk(void) {
  struct ArrowArray batch = test_batch(0, MANY);
  arrowipc_writer *writer;
  const struct rlimit limit = {100000, 100000};
  signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  writer = open_writer(sink_to_table());
  IO_ERROR(arrowipc_writer_write(writer, &batch, NULL, &error), EFBIG);
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE,
        "the writer failed before, its output is incomplete");
  CHECK(files_in_the_folder() == 1 && access("table.arrow", F_OK) == -1);
  arrowipc_writer_free(writer);
  CHECK(files_in_the_folder() == 0);
}

/* ---- no memory ---- */

#define MANY_MORE ((int64_t)16 << 20)

static void free_zeros(struct ArrowArray *array) {
  free(array->private_data);
  array->release = NULL;
}

/* A stream of zeros: 128 MiB of them, which compression makes small. */
static void write_zeros(int64_t compression) {
  static const void *no_validity[1];
  const void *buffers[2] = {NULL, NULL};
  struct ArrowSchema schema, column_schema;
  struct ArrowSchema *schema_children[1];
  struct ArrowArray array, column;
  struct ArrowArray *children[1];
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_writer *writer = NULL;
  set_test_schema(&schema, "+s", "", 0);
  set_test_schema(&column_schema, "l", "zero", 0);
  schema_children[0] = &column_schema;
  schema.children = schema_children;
  schema.n_children = 1;
  buffers[1] = test_memory((size_t)MANY_MORE * 8);
  set_test_array(&column, MANY_MORE, 0, 2, buffers);
  set_test_array(&array, MANY_MORE, 0, 1, no_validity);
  children[0] = &column;
  array.children = children;
  array.n_children = 1;
  array.private_data = (void *)(uintptr_t)buffers[1];
  array.release = free_zeros;
  OK(arrowipc_options_set_int(options, ARROWIPC_OPTION_COMPRESSION, compression, &err));
  OK(arrowipc_writer_open(sink_to_table(), &schema, options, &writer, &err));
  arrowipc_options_free(options);
  OK(arrowipc_writer_write(writer, &array, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  arrowipc_writer_free(writer);
}

/* Reads what takes more memory than there is. */
static void read_too_much(void) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  struct ArrowArray array;
  struct rlimit limit;
  long pages = 0;
  FILE *statistics = fopen("/proc/self/statm", "r");
  if (statistics == NULL) return; /* not every system has one */
  CHECK(fscanf(statistics, "%ld", &pages) == 1 && fclose(statistics) == 0);
  limit.rlim_cur = limit.rlim_max = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)64 << 20);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  OK(arrowipc_source_from_path("table.arrow", 0, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  CHECK(arrowipc_reader_next(reader, &array, NULL, &error) == ARROWIPC_OUT_OF_MEMORY);
  CHECK(strstr(arrowipc_error_message(error), "allocation of 134217728 bytes failed") != NULL);
  arrowipc_error_free(error);
  arrowipc_reader_free(reader);
}

static void out_of_memory(void) {
  int64_t compression;
#ifdef __SANITIZE_ADDRESS__
  return; /* the sanitizer takes all addresses for itself */
#endif
  for (compression = 0; compression <= 2; ++compression) {
    write_zeros(compression);
    in_a_child(read_too_much);
    CHECK(unlink("table.arrow") == 0);
  }
}

/* ---- files that are not finished ---- */

static void unfinished_files(void) {
  struct ArrowArray batch = test_batch(0, 5);
  arrowipc_writer *writer = open_writer(sink_to_table());
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  CHECK(files_in_the_folder() == 1 && access("table.arrow", F_OK) == -1);
  arrowipc_writer_free(writer);
  CHECK(files_in_the_folder() == 0);
  arrowipc_sink_free(sink_to_table());
  CHECK(files_in_the_folder() == 0);

  /* A name that cannot be taken. */
  CHECK(mkdir("table.arrow.d", 0700) == 0 && rename("table.arrow.d", "table.arrow.folder") == 0);
  writer = open_writer(sink_to_table());
  CHECK(rename("table.arrow.folder", "table.arrow") == 0);
  IO_ERROR(arrowipc_writer_finish(writer, &error), EISDIR);
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE,
        "the writer failed before, its output is incomplete");
  arrowipc_writer_free(writer);
  CHECK(files_in_the_folder() == 1 && rmdir("table.arrow") == 0);

  /* Finished once, and then nothing more. */
  writer = open_writer(sink_to_table());
  OK(arrowipc_writer_finish(writer, &err));
  CHECK(access("table.arrow", F_OK) == 0);
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE, "the writer is finished");
  batch = test_batch(0, 5);
  FAILS(arrowipc_writer_write(writer, &batch, NULL, &err), ARROWIPC_INVALID_STATE, "the writer is finished");
  CHECK(batch.release == NULL);
  arrowipc_writer_free(writer);
  CHECK(files_in_the_folder() == 1 && unlink("table.arrow") == 0);
}

/* ---- files that shrink ---- */

/* Cuts a file of two batches to this many per cent after the first one was read. */
static void truncated_while_read(long percent, const char *message) {
  struct ArrowArray array, batch = test_batch(0, MANY);
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_writer *writer = open_writer(sink_to_table());
  arrowipc_error *error = NULL;
  struct stat status;
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  batch = test_batch(MANY, MANY);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  arrowipc_writer_free(writer);
  OK(arrowipc_source_from_path("table.arrow", 0, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  CHECK(stat("table.arrow", &status) == 0 && truncate("table.arrow", status.st_size * percent / 100) == 0);
  CHECK(arrowipc_reader_next(reader, &batch, NULL, &error) == ARROWIPC_INVALID_DATA);
  CHECK(strstr(arrowipc_error_message(error), message) != NULL);
  arrowipc_error_free(error);
  FAILS(arrowipc_reader_next(reader, &batch, NULL, &err), ARROWIPC_INVALID_STATE, "the stream failed before");
  /* What was read before is the program's memory. */
  check_test_batch(&array, 0, MANY);
  arrowipc_reader_free(reader);
  CHECK(unlink("table.arrow") == 0);
}

/* ---- the other end is slow ---- */

static void sleep_milliseconds(long n) {
  struct timespec left;
  left.tv_sec = 0;
  left.tv_nsec = n * 1000000;
  while (nanosleep(&left, &left) == -1 && errno == EINTR) continue;
}

/* Sends the stream in small pieces. */
static pid_t slow_sender(int fd, int other) {
  size_t position = 0;
  const pid_t child = fork();
  CHECK(child != -1);
  if (child != 0) return child;
  close(other);
  while (position < stream_size) {
    const size_t left = stream_size - position;
    const ssize_t n = write(fd, stream_data + position, left < 100 ? left : 100);
    if (n <= 0) _exit(1);
    position += (size_t)n;
    sleep_milliseconds(10);
  }
  _exit(0);
}

static void check_child(pid_t child) {
  int status = -1;
  pid_t ended;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended == -1 && errno == EINTR);
  CHECK(ended == child && status == 0);
}

static void read_slowly(void (*make)(int[2]), int flags) {
  int ends[2];
  pid_t child;
  arrowipc_reader *reader = NULL;
  struct ArrowArray array;
  clock_t start;
  make(ends);
  child = slow_sender(ends[1], ends[0]);
  CHECK(close(ends[1]) == 0 && fcntl(ends[0], F_SETFL, flags) != -1);
  start = clock();
  OK(arrowipc_reader_open(source_of(ends[0]), NULL, &reader, &err));
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  check_test_batch(&array, 0, 5);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  check_test_batch(&array, 5, 0);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  check_test_batch(&array, 5, 3);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  CHECK(array.release == NULL);
  /* It slept meanwhile: sending takes 10 milliseconds for each 100 bytes. */
  CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 0.3 * (double)stream_size / 10000);
  check_child(child);
  arrowipc_reader_free(reader);
}

/* Reads what a writer sends to a descriptor that does not block, slowly. */
static void write_slowly(void (*make)(int[2])) {
  int ends[2];
  pid_t child;
  struct ArrowArray batch = test_batch(0, MANY);
  arrowipc_writer *writer = NULL;
  clock_t start;
  make(ends);
  child = fork();
  CHECK(child != -1);
  if (child == 0) {
    static uint8_t buffer[65536];
    arrowipc_reader *reader = NULL;
    struct ArrowArray array;
    size_t all = 0;
    uint8_t *received = (uint8_t *)test_memory((size_t)MANY * 64);
    arrowipc_source *source = NULL;
    ssize_t n;
    close(ends[1]);
    while ((n = read(ends[0], buffer, sizeof buffer)) > 0) {
      memcpy(received + all, buffer, (size_t)n);
      all += (size_t)n;
      sleep_milliseconds(2);
    }
    OK(arrowipc_source_from_memory(received, all, NULL, NULL, &source, &err));
    OK(arrowipc_reader_open(source, NULL, &reader, &err));
    OK(arrowipc_reader_next(reader, &array, NULL, &err));
    check_test_batch(&array, 0, MANY);
    arrowipc_reader_free(reader);
    free(received);
    _exit(n == 0 ? 0 : 1);
  }
  CHECK(close(ends[0]) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) != -1);
  start = clock();
  writer = open_writer(sink_to(ends[1]));
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  arrowipc_writer_free(writer);
  CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
  check_child(child);
}

/* ---- signals come between ---- */

static volatile sig_atomic_t interruptions = 0;

static void interrupt(int signal_number) {
  (void)signal_number;
  ++interruptions;
}

static void interrupted(void) {
  struct sigaction action;
  struct itimerval often, never;
  memset(&action, 0, sizeof action);
  action.sa_handler = interrupt; /* no SA_RESTART */
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  memset(&often, 0, sizeof often);
  memset(&never, 0, sizeof never);
  often.it_value.tv_usec = 2000;
  often.it_interval.tv_usec = 2000;
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  read_slowly(make_pipe, 0);
  read_slowly(make_sockets, O_NONBLOCK);
  write_slowly(make_pipe);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(interruptions > 10);
}

/* A time limit of a socket is the program's to hear of. */
static void socket_with_a_time_limit(void) {
  int ends[2];
  arrowipc_reader *reader = NULL;
  const struct timeval limit = {0, 20000};
  make_sockets(ends);
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  IO_ERROR(arrowipc_reader_open(source_of(ends[0]), NULL, &reader, &error), EAGAIN);
  CHECK(reader == NULL && close(ends[1]) == 0);
}

int main(void) {
  write_test_data(1, &stream_data, &stream_size);
  in_a_child(without_reader);
  in_a_child(own_signal_waits);
  in_a_child(full_disk);
  full_device();
  out_of_memory();
  unfinished_files();
  truncated_while_read(75, "bytes of a message's body");
  truncated_while_read(25, "it was truncated meanwhile");
  read_slowly(make_pipe, O_NONBLOCK);
  read_slowly(make_sockets, O_NONBLOCK);
  write_slowly(make_pipe);
  write_slowly(make_sockets);
  interrupted();
  socket_with_a_time_limit();
  arrowipc_memory_free(stream_data, stream_size);
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
