/*
 * Receives an Arrow stream over a socket without ever blocking in a read: poll() says when there are bytes, the
 * push decoder says what they are.
 *
 *   cc -std=c99 receive.c -larrowipc -o receive && ./receive
 *
 * The other end is a child process here; an event loop with many connections has one decoder for each.
 */
#define _POSIX_C_SOURCE 200809L

#include <arrowipc.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints what failed, and ends. */
static void fail(const char *action, arrowipc_error *error) {
  fprintf(stderr, "%s: %s\n", action, arrowipc_error_message(error));
  arrowipc_error_free(error);
  exit(1);
}

static void fail_with_errno(const char *action) {
  perror(action);
  exit(1);
}

/* ---- the end that sends: batches of one int64 column, as fast as the socket takes them ---- */

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

static void send_numbers(int socket) {
  static int64_t values[1000];
  static const void *buffers[] = {NULL, values};
  static const void *no_bitmap[] = {NULL};
  struct ArrowSchema column_schema, schema;
  struct ArrowSchema *schema_children[] = {&column_schema};
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  int64_t i, n;

  memset(&column_schema, 0, sizeof column_schema);
  column_schema.format = "l";
  column_schema.name = "number";
  column_schema.release = release_schema;
  memset(&schema, 0, sizeof schema);
  schema.format = "+s";
  schema.name = "";
  schema.n_children = 1;
  schema.children = schema_children;
  schema.release = release_schema;
  if (arrowipc_sink_to_fd(socket, 1, &sink, &error) != ARROWIPC_OK) fail("making a sink", error);
  if (arrowipc_writer_open(sink, &schema, NULL, &writer, &error) != ARROWIPC_OK) fail("sending the schema", error);
  for (n = 0; n < 3; ++n) {
    struct ArrowArray column, batch;
    struct ArrowArray *batch_children[] = {&column};
    for (i = 0; i < 1000; ++i) values[i] = 1000 * n + i;
    memset(&column, 0, sizeof column);
    column.length = 1000;
    column.n_buffers = 2;
    column.buffers = buffers;
    column.release = release_array;
    memset(&batch, 0, sizeof batch);
    batch.length = 1000;
    batch.n_buffers = 1;
    batch.buffers = no_bitmap;
    batch.n_children = 1;
    batch.children = batch_children;
    batch.release = release_array;
    if (arrowipc_writer_write(writer, &batch, NULL, &error) != ARROWIPC_OK) fail("sending a batch", error);
  }
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("sending the end", error);
  arrowipc_writer_free(writer);
}

/* ---- the end that receives ---- */

/* Takes what the decoder found; 1 at the end of the stream. */
static int take_events(arrowipc_decoder *decoder) {
  for (;;) {
    arrowipc_error *error = NULL;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int32_t event;
    if (arrowipc_decoder_next(decoder, &event, &schema, &batch, NULL, &error) != ARROWIPC_OK) fail("decoding", error);
    switch (event) {
      case ARROWIPC_EVENT_SCHEMA:
        printf("schema: %s (%s)\n", schema.children[0]->name, schema.children[0]->format);
        schema.release(&schema);
        break;
      case ARROWIPC_EVENT_BATCH: {
        const int64_t *values = (const int64_t *)batch.children[0]->buffers[1];
        printf("batch: %ld to %ld\n", (long)values[0], (long)values[batch.length - 1]);
        batch.release(&batch);
        break;
      }
      case ARROWIPC_EVENT_END:
        printf("end\n");
        return 1;
      default:
        return 0;
    }
  }
}

static void receive(int socket) {
  arrowipc_decoder *decoder = NULL;
  arrowipc_error *error = NULL;
  int ended = 0;
  if (arrowipc_decoder_new(NULL, &decoder, &error) != ARROWIPC_OK) fail("making a decoder", error);
  while (!ended) {
    struct pollfd wait = {socket, POLLIN, 0};
    uint8_t buffer[512];
    ssize_t n;
    size_t taken;
    if (poll(&wait, 1, -1) == -1 && errno != EINTR) fail_with_errno("poll");
    n = read(socket, buffer, sizeof buffer);
    if (n == -1) {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) continue;
      fail_with_errno("read");
    }
    if (n == 0) {
      /* The sender is gone: fine between two messages, an error inside one. */
      if (arrowipc_decoder_finish(decoder, &error) != ARROWIPC_OK) fail("the stream ended", error);
    } else if (arrowipc_decoder_push(decoder, buffer, (size_t)n, &taken, &error) != ARROWIPC_OK) {
      fail("decoding", error);
    }
    ended = take_events(decoder);
  }
  arrowipc_decoder_free(decoder);
}

int main(void) {
  int sockets[2];
  int status = 0;
  pid_t child;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) fail_with_errno("socketpair");
  child = fork();
  if (child == -1) fail_with_errno("fork");
  if (child == 0) {
    close(sockets[0]);
    send_numbers(sockets[1]);
    return 0;
  }
  close(sockets[1]);
  if (fcntl(sockets[0], F_SETFL, O_NONBLOCK) == -1) fail_with_errno("fcntl");
  receive(sockets[0]);
  close(sockets[0]);
  if (waitpid(child, &status, 0) == -1) fail_with_errno("waitpid");
  return status == 0 ? 0 : 1;
}
