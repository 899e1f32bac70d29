/* The floor: a runtime whose handler is compiled into it. It sends what the event asks for, as functions/chunks.py:

       {"chunks": N, "bytes": SIZE, "pace_us": P, "stamp": 0 or 1} */
#include "runtime.h"

static void send_chunks(struct runtime *runtime) {
    static char data[1 << 20];
    const char *event = runtime->event.data;
    int64_t chunks = number_after(event, "\"chunks\":"), size = number_after(event, "\"bytes\":");
    int64_t pace_ns = number_after(event, "\"pace_us\":") * 1000, stamp = number_after(event, "\"stamp\":");
    int64_t started = now_ns();
    if (size < 8 || size > (int64_t)sizeof data - 1) {
        die("a chunk can't have %lld bytes", (long long)size);
    }
    memset(data, 'x', (size_t)size);
    memcpy(data, "data: ", 6);
    memcpy(data + size - 2, "\n\n", 2);
    for (int64_t i = 0; i < chunks; i++) {
        if (pace_ns) {
            sleep_until(started + (i + 1) * pace_ns);
        }
        if (stamp) {
            int written = snprintf(data, (size_t)size, "data: @%lld", (long long)now_ns());
            data[written] = 'x';
        }
        runtime_chunk(runtime, data, (size_t)size);
    }
}

int main(void) {
    static struct runtime runtime;
    sleep_exactly();
    runtime_connect(&runtime);
    for (;;) {
        runtime_next(&runtime);
        send_chunks(&runtime);
        runtime_end(&runtime);
    }
}
