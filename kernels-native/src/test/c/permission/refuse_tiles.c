/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: stands before the C library's system call and refuses the one that asks Linux for the use of AMX, as an
 * old kernel or a sandbox does.
 */
#include <errno.h>
#include <stdarg.h>

enum { ARCH_PRCTL = 158, REQUEST_PERMISSION = 0x1023 };

long syscall(long number, ...) {
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    if (number == ARCH_PRCTL && a[0] == REQUEST_PERMISSION) {
        errno = EPERM;
        return -1;
    }
    long result;
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = a[5];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    if (result < 0) {
        errno = (int) -result;
        return -1;
    }
    return result;
}
