/* Bedrock's ConverseStream, as fast as a benchmark needs it. What it answers stands in the request's message:

       [tokens=N pace_us=P burst=B size=S]

   N text deltas of at least S bytes; B of them leave together (1), every P microseconds (0: as fast as they are taken).
   Each text is an @ and the time in nanoseconds, then spaces. Each frame is a chunk of its own, and every member is as
   Bedrock sends it, `p` too, which hides the length of a token. One thread for each connection. */
#include "http.h"
#include <endian.h>
#include <pthread.h>

enum { MAX_SIZE = 1 << 20, FLUSH_BYTES = 16384 };

struct output {
    int connection;
    bool broken;
    size_t length;
    char data[2 * MAX_SIZE];
};

static uint32_t crc_table[256];

static void make_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        crc_table[i] = crc;
    }
}

static uint32_t crc32_of(const char *data, size_t length) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc = crc >> 8 ^ crc_table[(crc ^ (unsigned char)data[i]) & 255];
    }
    return ~crc;
}

static void flush(struct output *output) {
    output->broken |= !send_bytes(output->connection, output->data, output->length);
    output->length = 0;
}

static void add(struct output *output, const void *data, size_t length) {
    memcpy(output->data + output->length, data, length);
    output->length += length;
}

static void add_number(struct output *output, uint32_t number) {
    uint32_t big_endian = htobe32(number);
    add(output, &big_endian, sizeof big_endian);
}

static void add_header(struct output *output, const char *name, const char *value) {
    char start[] = {(char)strlen(name)};
    char type_and_length[] = {7, (char)(strlen(value) >> 8), (char)strlen(value)};
    add(output, start, sizeof start);
    add(output, name, strlen(name));
    add(output, type_and_length, sizeof type_and_length);
    add(output, value, strlen(value));
}

/* Source: https://smithy.io/2.0/aws/amazon-eventstream.html */
static void add_frame(struct output *output, const char *event, const char *payload, size_t payload_length) {
    enum { FIXED_BYTES = 16, NAMES_AND_VALUES = 11 + 13 + 16 + 13 + 5, OVERHEADS = 3 * 4 };
    size_t headers_length = strlen(event) + NAMES_AND_VALUES + OVERHEADS;
    size_t total = FIXED_BYTES + headers_length + payload_length;
    char size[32];
    add(output, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", total));
    char *frame = output->data + output->length;
    add_number(output, (uint32_t)total);
    add_number(output, (uint32_t)headers_length);
    add_number(output, crc32_of(frame, 8));
    add_header(output, ":event-type", event);
    add_header(output, ":content-type", "application/json");
    add_header(output, ":message-type", "event");
    add(output, payload, payload_length);
    add_number(output, crc32_of(frame, total - 4));
    add(output, "\r\n", 2);
}

static void add_event(struct output *output, const char *event, const char *payload) {
    add_frame(output, event, payload, strlen(payload));
}

static void add_token(struct output *output, int64_t size) {
    static _Thread_local char payload[MAX_SIZE + 256];
    int length = snprintf(payload, sizeof payload,
        "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"@%lld%-*s\"},\"p\":\"abcdefghijkl\"}", (long long)now_ns(),
        (int)size, " ");
    add_frame(output, "contentBlockDelta", payload, (size_t)length);
}

static void add_tokens(struct output *output, int64_t started, const char *directive) {
    int64_t tokens = number_after(directive, "tokens="), pace_ns = number_after(directive, "pace_us=") * 1000;
    int64_t burst = number_after(directive, "burst="), size = number_after(directive, "size=");
    burst = burst > 0 ? burst : 1;
    size = size < 1 ? 1 : size > MAX_SIZE ? MAX_SIZE : size;
    for (int64_t i = 0; i < tokens && !output->broken; i++) {
        if (pace_ns && i % burst == 0) {
            flush(output);
            sleep_until(started + (i / burst + 1) * pace_ns);
        } else if (!pace_ns && output->length >= FLUSH_BYTES) {
            flush(output);
        }
        add_token(output, size);
    }
}

static void respond(struct output *output, const char *directive) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n"
                               "x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    int64_t started = now_ns();
    add(output, head, sizeof head - 1);
    add_event(output, "messageStart", "{\"p\":\"abcdefghijkl\",\"role\":\"assistant\"}");
    add_tokens(output, started, directive);
    add_event(output, "contentBlockStop", "{\"contentBlockIndex\":0,\"p\":\"abcdefghijkl\"}");
    add_event(output, "messageStop", "{\"p\":\"abcdefghijkl\",\"stopReason\":\"end_turn\"}");
    add_event(output, "metadata",
        "{\"metrics\":{\"latencyMs\":1},\"p\":\"abcdefghijkl\","
        "\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2}}");
    add(output, "0\r\n\r\n", 5);
    flush(output);
}

static void *serve(void *argument) {
    struct message *request = malloc(sizeof *request);
    struct output *output = malloc(sizeof *output);
    struct text *body = malloc(sizeof *body);
    if (!request || !output || !body) {
        die("no memory");
    }
    sleep_exactly();
    output->connection = (int)(intptr_t)argument;
    output->length = 0;
    output->broken = false;
    no_delay(output->connection);
    for (;;) {
        body->length = 0;
        if (output->broken || !message_read(output->connection, request, text_add, body)) {
            break;
        }
        const char *directive = strstr(body->data, "[tokens=");
        respond(output, directive ? directive : "");
    }
    close(output->connection);
    free(request);
    free(output);
    free(body);
    return NULL;
}

int main(void) {
    make_crc_table();
    int listener = listen_local();
    for (;;) {
        pthread_t thread;
        int connection = accept(listener, NULL, NULL);
        if (connection < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection)) {
            die("cannot serve a connection: %s", strerror(errno));
        }
        pthread_detach(thread);
    }
}
