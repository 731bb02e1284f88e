/* bench-syscalls COMMAND...: runs a command and prints, as JSON on standard error, how often it entered which system call
 * between the two marks of bench_counted. By ptrace, all threads. Exit code: that of the command. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/mark.h"

enum { kCalls = 512 };

static const struct {
  int number;
  const char *name;
} names[] = {
    {SYS_read, "read"},     {SYS_pread64, "pread"},     {SYS_readv, "readv"},   {SYS_preadv, "preadv"},
    {SYS_write, "write"},   {SYS_pwrite64, "pwrite"},   {SYS_writev, "writev"}, {SYS_pwritev, "pwritev"},
    {SYS_lseek, "lseek"},   {SYS_mmap, "mmap"},         {SYS_munmap, "munmap"}, {SYS_madvise, "madvise"},
    {SYS_sendmsg, "sendmsg"}, {SYS_recvmsg, "recvmsg"}, {SYS_sendto, "send"},   {SYS_recvfrom, "recv"},
    {SYS_futex, "futex"},   {SYS_brk, "brk"},           {SYS_poll, "poll"},
};

static long counts[kCalls];
static int counting;

static void entered(const struct __ptrace_syscall_info *info) {
  const long number = (long)info->entry.nr;
  if (number == SYS_write && (int)info->entry.args[0] == BENCH_MARK_DESCRIPTOR && info->entry.args[2] == BENCH_MARK_LENGTH) {
    counting = !counting;
  } else if (counting && number >= 0 && number < kCalls) {
    counts[number]++;
  }
}

static void print(void) {
  long other = 0, all = 0;
  const char *separator = "";
  fputc('{', stderr);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const long n = counts[names[i].number];
    counts[names[i].number] = 0;
    all += n;
    if (n == 0) continue;
    fprintf(stderr, "%s\"%s\":%ld", separator, names[i].name, n);
    separator = ",";
  }
  for (int i = 0; i < kCalls; i++) other += counts[i];
  fprintf(stderr, "%s\"other\":%ld,\"all\":%ld}\n", separator, other, all + other);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: bench-syscalls COMMAND...\n");
    return 2;
  }
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
      ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0) {
    perror("bench-syscalls: cannot trace");
    return 3;
  }
  ptrace(PTRACE_SYSCALL, child, NULL, NULL);
  for (;;) {
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) return 3;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread != child) continue;
      print();
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info info;
      if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(&info);
      ptrace(PTRACE_SYSCALL, thread, NULL, NULL);
    } else {
      /* A new thread begins with SIGSTOP; SIGTRAP is ptrace's own. The rest is the program's. */
      ptrace(PTRACE_SYSCALL, thread, NULL, signal == SIGTRAP || signal == SIGSTOP ? 0 : (long)signal);
    }
  }
}
