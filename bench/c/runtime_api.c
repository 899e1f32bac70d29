/* The Runtime API as one function sees it, with a clock. On standard input:

       invoke LENGTH\n EVENT

   hands EVENT out, now or as soon as /next asks. On standard output, times in nanoseconds of the monotonic clock:

       port N                                        at the start
       next TIME                                     when /next was asked
       done SENT FIRST LAST CHUNKS BYTES STAMPS FIRST_STAMP LATENCY...     when an answer is whole
       failed TEXT                                   when the function reports an error

   SENT is when the event left, FIRST and LAST when the first and the last byte of the body came. A stamp is an @ and
   the time at which a token was made. FIRST_STAMP is when the first of them came, LATENCY how old each was when it
   came, for the first MAX_LATENCIES. One thread, one read at a time. */
#include "http.h"
#include <poll.h>

enum { MAX_PEERS = 64, MAX_LATENCIES = 20000 };

struct peer {
    int connection;
    bool waits;
    struct message request;
};

static struct peer peers[MAX_PEERS];
static int peer_count;

static char commands[1 << 20];
static size_t commands_length;
static int64_t invocations;

static struct {
    int64_t sent, first, last, bytes, stamps, first_stamp, stamp, latencies[MAX_LATENCIES];
    bool in_stamp;
    struct text text;
} answer;
static int64_t received;

static void end_stamp(void) {
    if (answer.stamp) {
        if (!answer.stamps) {
            answer.first_stamp = received;
        }
        if (answer.stamps < MAX_LATENCIES) {
            answer.latencies[answer.stamps] = received - answer.stamp;
        }
        answer.stamps++;
    }
    answer.stamp = 0;
    answer.in_stamp = false;
}

static void note_stamps(const char *data, const char *end) {
    while (data < end) {
        if (!answer.in_stamp) {
            data = memchr(data, '@', (size_t)(end - data));
            if (!data) {
                return;
            }
            answer.in_stamp = true;
            data++;
        } else if (isdigit((unsigned char)*data)) {
            answer.stamp = answer.stamp * 10 + *data++ - '0';
        } else {
            end_stamp();
        }
    }
}

static void note_body(void *context, const char *data, size_t length) {
    (void)context;
    if (!answer.first) {
        answer.first = received;
    }
    answer.last = received;
    answer.bytes += (int64_t)length;
    if (answer.text.length < sizeof answer.text.data - 1) {
        text_add(&answer.text, data, length);
    }
    note_stamps(data, data + length);
}

/* The event of the first whole command, and its length; NULL while there is none. */
static char *first_event(size_t *length) {
    commands[commands_length] = 0;
    char *line_end = strchr(commands, '\n');
    if (!line_end || sscanf(commands, "invoke %zu", length) != 1) {
        return NULL;
    }
    return line_end + 1 + *length <= commands + commands_length ? line_end + 1 : NULL;
}

static void hand_out(struct peer *peer, char *event, size_t length) {
    char head[1024];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int head_length = snprintf(head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012lld\r\n"
        "Lambda-Runtime-Deadline-Ms: %lld\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\r\n",
        length, (long long)++invocations, (long long)(now.tv_sec + 900) * 1000);
    memset(&answer, 0, offsetof(__typeof__(answer), latencies));
    answer.in_stamp = false;
    answer.text.length = 0;
    peer->waits = false;
    struct iovec pieces[] = {{head, (size_t)head_length}, {event, length}};
    answer.sent = now_ns();
    send_pieces(peer->connection, pieces, 2);
    memmove(commands, event + length, commands_length - (size_t)(event + length - commands));
    commands_length -= (size_t)(event + length - commands);
}

static void match(void) {
    size_t length;
    for (int i = 0; i < peer_count; i++) {
        char *event = first_event(&length);
        if (event && peers[i].waits) {
            hand_out(&peers[i], event, length);
        }
    }
}

static void print_answer(const struct message *request) {
    printf("done %lld %lld %lld %lld %lld %lld %lld", (long long)answer.sent, (long long)answer.first,
        (long long)answer.last, (long long)request->chunks, (long long)answer.bytes, (long long)answer.stamps,
        (long long)answer.first_stamp);
    for (int64_t i = 0; i < answer.stamps && i < MAX_LATENCIES; i++) {
        printf(" %lld", (long long)answer.latencies[i]);
    }
    printf("\n");
}

static void print_failure(void) {
    for (char *at = answer.text.data; *at; at++) {
        *at = isprint((unsigned char)*at) ? *at : ' ';
    }
    printf("failed %s\n", answer.text.data);
}

static void take_request(struct peer *peer) {
    static const char taken[] = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
                                "{\"status\":\"OK\"}\n";
    const char *line_end = strstr(peer->request.head, "\r\n");
    const char *path_end = line_end - strlen(" HTTP/1.1");
    if (!strncmp(path_end - strlen("/next"), "/next", strlen("/next"))) {
        printf("next %lld\n", (long long)received);
        peer->waits = true;
        answer.text.length = 0;
        answer.text.data[0] = 0;
    } else {
        send_bytes(peer->connection, taken, sizeof taken - 1);
        if (!strncmp(path_end - strlen("/response"), "/response", strlen("/response"))) {
            print_answer(&peer->request);
        } else {
            print_failure();
        }
    }
    fflush(stdout);
    message_reset(&peer->request);
}

/* False when the peer hung up. */
static bool read_peer(struct peer *peer) {
    static char data[READ_BYTES];
    ssize_t length = recv(peer->connection, data, sizeof data, 0);
    received = now_ns();
    if (length <= 0) {
        close(peer->connection);
        return false;
    }
    for (size_t at = 0; at < (size_t)length;) {
        at += message_feed(&peer->request, data + at, (size_t)length - at, note_body, NULL);
        if (peer->request.part == COMPLETE) {
            take_request(peer);
        }
    }
    return true;
}

static void accept_peer(int listener) {
    if (peer_count == MAX_PEERS) {
        die("more than %d connections", MAX_PEERS);
    }
    struct peer *peer = &peers[peer_count++];
    peer->connection = accept(listener, NULL, NULL);
    peer->waits = false;
    message_reset(&peer->request);
    no_delay(peer->connection);
}

static void read_commands(void) {
    ssize_t length = read(STDIN_FILENO, commands + commands_length, sizeof commands - 1 - commands_length);
    if (length <= 0) {
        exit(0);
    }
    commands_length += (size_t)length;
}

int main(void) {
    int listener = listen_local();
    for (;;) {
        struct pollfd watched[MAX_PEERS + 2] = {{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
        int count = peer_count;
        for (int i = 0; i < count; i++) {
            watched[i + 2] = (struct pollfd){peers[i].connection, POLLIN, 0};
        }
        poll(watched, (nfds_t)count + 2, -1);
        /* From the last to the first, so that the last one can take the place of one that is gone. */
        for (int i = count - 1; i >= 0; i--) {
            if (watched[i + 2].revents && !read_peer(&peers[i])) {
                peers[i] = peers[--peer_count];
            }
        }
        if (watched[1].revents) {
            accept_peer(listener);
        }
        if (watched[0].revents) {
            read_commands();
        }
        match();
    }
}
