/* Makes the n-th call of one kind fail, or kill the process, from inside the C library's own names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char armed[16];
static atomic_int seen, chosen, code;

/* After this the n-th `call` fails with `error`, or, when that is 0, the process dies of SIGKILL. */
void arm(const char *call, int nth, int error) {
    strncpy(armed, call, sizeof armed - 1);
    seen = 0;
    chosen = nth;
    code = error;
}

/* How many calls of the armed kind were made. */
int calls(void) { return seen; }

static int refused(const char *call) {
    if (strcmp(call, armed) != 0) return 0;
    if (++seen != chosen) return 0;
    if (code == 0) kill(getpid(), SIGKILL);
    errno = code;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return refused("write") ? -1 : REAL(write)(fd, data, size);
}
int fsync(int fd) { return refused("fsync") ? -1 : REAL(fsync)(fd); }
int link(const char *from, const char *to) { return refused("link") ? -1 : REAL(link)(from, to); }
int unlink(const char *path) { return refused("unlink") ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return refused("mkdir") ? -1 : REAL(mkdir)(path, mode); }
int open64(const char *path, int flags, ...) {
    int mode = 0600; /* all that the store makes by open() */
    return refused("open") ? -1 : REAL(open64)(path, flags, mode);
}
