/* A runtime in front of a web server, as the Lambda Web Adapter is, but kinder: in C, with nothing to configure, and
   the event goes to the server as it is.

       passthrough PORT COMMAND...     COMMAND starts the server, which must listen on 127.0.0.1:PORT */
#include "runtime.h"

enum { POLL_NS = 1000000 };

static void start(char **command) {
    pid_t child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, 15);
        execvp(command[0], command);
        die("cannot run %s: %s", command[0], strerror(errno));
    }
}

static int wait_for_server(int port) {
    int connection;
    while ((connection = connect_local(port)) < 0) {
        sleep_until(now_ns() + POLL_NS);
    }
    return connection;
}

/* The server may have closed a connection that was idle for some seconds. */
static int still_open(int server, int port) {
    char byte;
    if (recv(server, &byte, 1, MSG_PEEK | MSG_DONTWAIT)) {
        return server;
    }
    close(server);
    return wait_for_server(port);
}

static void relay(void *runtime, const char *data, size_t length) { runtime_chunk(runtime, data, length); }

int main(int count, char **arguments) {
    static struct runtime runtime;
    static struct message response;
    char head[256];
    if (count < 3) {
        die("usage: passthrough PORT COMMAND...");
    }
    start(arguments + 2);
    int port = atoi(arguments[1]), server = wait_for_server(port);
    runtime_connect(&runtime);
    for (;;) {
        runtime_next(&runtime);
        server = still_open(server, port);
        struct iovec pieces[] = {
            {head,
                (size_t)snprintf(head, sizeof head,
                    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    runtime.event.length)},
            {runtime.event.data, runtime.event.length},
        };
        if (!send_pieces(server, pieces, 2) || !message_read(server, &response, relay, &runtime)) {
            die("the server hung up");
        }
        runtime_end(&runtime);
    }
}
