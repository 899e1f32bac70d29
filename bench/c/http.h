/* What the C programs of the benchmark share: a clock, sockets, and HTTP/1.1 as far as they speak it.
   They run on 127.0.0.1 among peers that they know: what breaks the protocol ends the program. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HEAD = 65536, READ_BYTES = 262144, BACKLOG = 64, NANOSECONDS = 1000000000 };

static inline void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* The clock that Python calls time.monotonic_ns() and Node.js process.hrtime.bigint(). */
static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

static inline void sleep_until(int64_t moment_ns) {
    struct timespec moment = {moment_ns / NANOSECONDS, moment_ns % NANOSECONDS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL) == EINTR) {
    }
}

/* The kernel may else add 50 us to each sleep, to let timers end together. */
static inline void sleep_exactly(void) { prctl(PR_SET_TIMERSLACK, 1); }

static inline struct sockaddr_in local_address(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Without it the kernel may hold back a small piece until the last one is acknowledged. */
static inline void no_delay(int connection) {
    int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Listens on a free port and prints it as the first line. */
static inline int listen_local(void) {
    struct sockaddr_in address = local_address(0);
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)
        || getsockname(listener, (struct sockaddr *)&address, &length)) {
        die("cannot listen: %s", strerror(errno));
    }
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* -1 while nobody listens there. */
static inline int connect_local(int port) {
    struct sockaddr_in address = local_address(port);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) {
        close(connection);
        return -1;
    }
    no_delay(connection);
    return connection;
}

/* Sends all of the pieces, with one system call where the socket takes them all; false when the peer hung up. */
static inline bool send_pieces(int connection, struct iovec *pieces, int count) {
    while (count) {
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(connection, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return false;
        }
        while (count && (size_t)sent >= pieces->iov_len) {
            sent -= (ssize_t)pieces->iov_len;
            pieces++;
            count--;
        }
        if (count) {
            pieces->iov_base = (char *)pieces->iov_base + sent;
            pieces->iov_len -= (size_t)sent;
        }
    }
    return true;
}

static inline bool send_bytes(int connection, const void *data, size_t length) {
    struct iovec piece = {(void *)(uintptr_t)data, length};
    return send_pieces(connection, &piece, 1);
}

/* A request or a response, read from pieces of any size. Its body goes to `on_body` as it comes. */
enum part { IN_HEAD, IN_LENGTH, IN_SIZE, IN_CHUNK, AFTER_CHUNK, IN_TRAILERS, COMPLETE };

struct message {
    enum part part;
    size_t head_length, line_length;
    int64_t left, chunks;
    char head[MAX_HEAD];
};

typedef void on_body(void *context, const char *data, size_t length);

static inline void message_reset(struct message *message) {
    memset(message, 0, offsetof(struct message, head));
}

/* What follows "name:" in the head, which still holds its line ends; NULL without such a header. */
static inline const char *message_header(const struct message *message, const char *name) {
    for (const char *line = message->head; (line = strstr(line, "\r\n")) != NULL;) {
        line += 2;
        if (!strncasecmp(line, name, strlen(name)) && line[strlen(name)] == ':') {
            return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
        }
    }
    return NULL;
}

static inline void message_begin_body(struct message *message) {
    const char *length = message_header(message, "content-length");
    const char *coding = message_header(message, "transfer-encoding");
    if (coding && !strncasecmp(coding, "chunked", strlen("chunked"))) {
        message->part = IN_SIZE;
    } else {
        message->left = length ? atoll(length) : 0;
        message->part = message->left ? IN_LENGTH : COMPLETE;
    }
}

static inline void message_head_byte(struct message *message, char byte) {
    if (message->head_length + 1 >= MAX_HEAD) {
        die("a head is longer than %d bytes", MAX_HEAD);
    }
    message->head[message->head_length++] = byte;
    message->head[message->head_length] = 0;
    if (byte == '\n' && message->head_length >= 4 && !strcmp(message->head + message->head_length - 4, "\r\n\r\n")) {
        message_begin_body(message);
    }
}

static inline void message_size_byte(struct message *message, char byte) {
    if (byte == '\n') {
        message->part = message->left ? IN_CHUNK : IN_TRAILERS;
        message->chunks += message->left > 0;
        message->line_length = 0;
    } else if (isxdigit((unsigned char)byte)) {
        message->left = message->left * 16 + (isdigit((unsigned char)byte) ? byte - '0' : (byte | 32) - 'a' + 10);
    } else if (byte != '\r') {
        die("not the size of a chunk: %c", byte);
    }
}

static inline void message_trailer_byte(struct message *message, char byte) {
    if (byte == '\n' && !message->line_length) {
        message->part = COMPLETE;
    } else if (byte == '\n') {
        message->line_length = 0;
    } else if (byte != '\r') {
        message->line_length++;
    }
}

static inline size_t message_body_bytes(
    struct message *message, const char *data, size_t length, on_body *body, void *context) {
    size_t taken = (int64_t)length < message->left ? length : (size_t)message->left;
    body(context, data, taken);
    message->left -= (int64_t)taken;
    if (!message->left) {
        message->part = message->part == IN_CHUNK ? AFTER_CHUNK : COMPLETE;
    }
    return taken;
}

/* How many of the bytes belong to this message: all of them, or those up to its end. */
static inline size_t message_feed(
    struct message *message, const char *data, size_t length, on_body *body, void *context) {
    size_t at = 0;
    while (at < length && message->part != COMPLETE) {
        switch (message->part) {
        case IN_HEAD:
            message_head_byte(message, data[at++]);
            break;
        case IN_SIZE:
            message_size_byte(message, data[at++]);
            break;
        case AFTER_CHUNK:
            message->part = data[at++] == '\n' ? IN_SIZE : AFTER_CHUNK;
            break;
        case IN_TRAILERS:
            message_trailer_byte(message, data[at++]);
            break;
        default:
            at += message_body_bytes(message, data + at, length - at, body, context);
        }
    }
    return at;
}

/* Reads one message whole; false when the peer hung up before it. What comes after it is lost: nobody pipelines. */
static inline bool message_read(int connection, struct message *message, on_body *body, void *context) {
    static _Thread_local char data[READ_BYTES];
    message_reset(message);
    while (message->part != COMPLETE) {
        ssize_t length = recv(connection, data, sizeof data, 0);
        if (length <= 0) {
            return false;
        }
        message_feed(message, data, (size_t)length, body, context);
    }
    return true;
}

/* A body that is kept, cut off at the buffer's end. */
struct text {
    size_t length;
    char data[MAX_HEAD];
};

static inline void text_add(void *context, const char *data, size_t length) {
    struct text *text = context;
    size_t room = sizeof text->data - 1 - text->length;
    memcpy(text->data + text->length, data, length < room ? length : room);
    text->length += length < room ? length : room;
    text->data[text->length] = 0;
}

/* The number after `name` in a text; 0 where it isn't. */
static inline int64_t number_after(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? atoll(found + strlen(name)) : 0;
}

#endif
