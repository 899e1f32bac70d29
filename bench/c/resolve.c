/* Preloaded into each function where TLS is measured: AWS's names lead to this machine, https to the port that
   BENCH_TLS_PORT names. So every client calls the endpoint that it would call, with the checks that it would make. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

enum { HTTPS = 443 };

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    static const char domain[] = ".amazonaws.com";
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    }
    size_t length = name ? strlen(name) : 0;
    if (length > sizeof domain && !strcmp(name + length - (sizeof domain - 1), domain)) {
        name = "127.0.0.1";
    }
    return real(name, service, hints, result);
}

int connect(int connection, const struct sockaddr *address, socklen_t length) {
    static int (*real)(int, const struct sockaddr *, socklen_t);
    const char *port = getenv("BENCH_TLS_PORT");
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "connect");
    }
    struct sockaddr_in changed;
    if (port && address->sa_family == AF_INET && length >= sizeof changed) {
        memcpy(&changed, address, sizeof changed);
        if (changed.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && changed.sin_port == htons(HTTPS)) {
            changed.sin_port = htons((unsigned short)atoi(port));
            return real(connection, (const struct sockaddr *)&changed, sizeof changed);
        }
    }
    return real(connection, address, length);
}
