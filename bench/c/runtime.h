/* The Runtime API's client side: one kept connection, one system call for each chunk. */
#ifndef BENCH_RUNTIME_H
#define BENCH_RUNTIME_H

#include "http.h"

struct runtime {
    int connection;
    bool begun;
    char host[64], head[512];
    struct message response;
    struct text event;
};

static inline void ignore_body(void *context, const char *data, size_t length) {
    (void)context;
    (void)data;
    (void)length;
}

static inline void runtime_connect(struct runtime *runtime) {
    const char *host = getenv("AWS_LAMBDA_RUNTIME_API");
    const char *port = host ? strchr(host, ':') : NULL;
    if (!port || (runtime->connection = connect_local(atoi(port + 1))) < 0) {
        die("there is no Runtime API at AWS_LAMBDA_RUNTIME_API");
    }
    snprintf(runtime->host, sizeof runtime->host, "%s", host);
}

/* Waits for an invocation; its event is then in `event`. */
static inline void runtime_next(struct runtime *runtime) {
    char request[256];
    int length = snprintf(request, sizeof request,
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", runtime->host);
    runtime->event.length = 0;
    if (!send_bytes(runtime->connection, request, (size_t)length)
        || !message_read(runtime->connection, &runtime->response, text_add, &runtime->event)) {
        exit(0); /* the benchmark is over */
    }
    const char *id = message_header(&runtime->response, "lambda-runtime-aws-request-id");
    snprintf(runtime->head, sizeof runtime->head,
        "POST /2018-06-01/runtime/invocation/%.36s/response HTTP/1.1\r\nHost: %s\r\n"
        "Content-Type: application/octet-stream\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
        "Transfer-Encoding: chunked\r\n\r\n",
        id ? id : "", runtime->host);
    runtime->begun = false;
}

static inline void runtime_chunk(struct runtime *runtime, const char *data, size_t length) {
    char size[32];
    struct iovec pieces[] = {
        {runtime->head, runtime->begun ? 0 : strlen(runtime->head)},
        {size, (size_t)snprintf(size, sizeof size, "%zx\r\n", length)},
        {(char *)(uintptr_t)data, length},
        {"\r\n", 2},
    };
    runtime->begun = true;
    if (!send_pieces(runtime->connection, pieces, 4)) {
        die("the Runtime API hung up");
    }
}

static inline void runtime_end(struct runtime *runtime) {
    if (!send_bytes(runtime->connection, "0\r\n\r\n", 5)
        || !message_read(runtime->connection, &runtime->response, ignore_body, NULL)) {
        die("the Runtime API did not take the answer");
    }
}

#endif
