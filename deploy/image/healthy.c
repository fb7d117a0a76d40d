// SPDX-License-Identifier: Apache-2.0
/*
 * healthy PORT: exits with 0 if http://127.0.0.1:PORT/health/ready answers 200 within two seconds, else with 1. The image has
 * neither a shell nor an HTTP client, and a JVM for each check would take a processor from the kernels.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what) {
    fprintf(stderr, "healthy: %s\n", what);
    return 1;
}

int main(int argc, char **argv) {
    static const char REQUEST[] = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char EXPECTED[] = "HTTP/1.1 200";
    char *end = NULL;
    long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (port < 1 || port > 65535 || *end != '\0') {
        return fail("usage: healthy PORT");
    }
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = 2};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connection < 0 || setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0
        || setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
        return fail("no socket");
    }
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        return fail("nobody listens");
    }
    if (send(connection, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof REQUEST - 1)) {
        return fail("the request cannot be sent");
    }
    char answer[sizeof EXPECTED - 1];
    if (recv(connection, answer, sizeof answer, MSG_WAITALL) != (ssize_t)sizeof answer) {
        return fail("no answer");
    }
    close(connection);
    return memcmp(answer, EXPECTED, sizeof answer) == 0 ? 0 : fail("not ready");
}
