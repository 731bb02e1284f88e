/*
 * A server that sends a stream to whoever connects, and a client that reads it, each with blocking calls.
 *
 *   cc -std=c99 serve.c -larrowipc -o serve && ./serve
 *
 * The client is a child process here, and the server serves one. receive.c is the client of an event loop.
 */
#define _XOPEN_SOURCE 700

#include "numbers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail_with_errno(const char *action) {
  perror(action);
  exit(1);
}

/* The socket belongs to the sink, which closes it. A client that went away is an error with EPIPE, and no signal. */
static void serve(int socket) {
  static int64_t values[1000];
  struct numbers numbers;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  int64_t batch, i;
  numbers_set(&numbers, values, 1000);
  if (arrowipc_sink_to_fd(socket, 1, &sink, &error) != ARROWIPC_OK) fail("making a sink", error);
  if (arrowipc_writer_open(sink, &numbers.schema, NULL, &writer, &error) != ARROWIPC_OK) fail("the schema", error);
  for (batch = 0; batch < 5; ++batch) {
    for (i = 0; i < 1000; ++i) values[i] = 1000 * batch + i;
    numbers_set(&numbers, values, 1000);
    /* Each batch is sent when the call returns: somebody may be waiting for it. */
    if (arrowipc_writer_write(writer, &numbers.batch, NULL, &error) != ARROWIPC_OK) fail("sending a batch", error);
  }
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("sending the end", error);
  arrowipc_writer_free(writer);
}

static void receive(int socket) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  int64_t batches = 0, sum = 0, i;
  if (arrowipc_source_from_fd(socket, 1, &source, &error) != ARROWIPC_OK) fail("making a source", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("receiving the schema", error);
  for (;;) {
    struct ArrowArray batch;
    if (arrowipc_reader_next(reader, &batch, NULL, &error) != ARROWIPC_OK) fail("receiving a batch", error);
    if (batch.release == NULL) break;
    for (i = 0; i < batch.length; ++i) sum += ((const int64_t *)batch.children[0]->buffers[1])[i];
    batch.release(&batch);
    ++batches;
  }
  arrowipc_reader_free(reader);
  printf("received %ld batches, the sum is %ld\n", (long)batches, (long)sum);
}

int main(void) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int connection, status = 0;
  pid_t child;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener == -1 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail_with_errno("bind");
  if (listen(listener, 1) != 0) fail_with_errno("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail_with_errno("getsockname");
  child = fork();
  if (child == -1) fail_with_errno("fork");
  if (child == 0) {
    connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, length) != 0) fail_with_errno("connect");
    receive(connection);
    return 0;
  }
  connection = accept(listener, NULL, NULL);
  if (connection == -1) fail_with_errno("accept");
  serve(connection);
  close(listener);
  if (waitpid(child, &status, 0) == -1) fail_with_errno("waitpid");
  return status == 0 ? 0 : 1;
}
