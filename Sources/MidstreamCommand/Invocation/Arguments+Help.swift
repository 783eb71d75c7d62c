extension Arguments {
    static let help = """
        Replays a captured stream of the Messages API, and says why it failed if it did.

        usage: midstream replay [options] FILE|URL...   the message as it streams, then the verdict
               midstream events [options] FILE          the server-sent events

        FILE is the body of a response, as curl -N writes it, or the response with its head,
        as curl -i writes it or as it came from the socket; - is standard input.
        URL is http://…, https://… or tcp://HOST:PORT, whose bytes are those of a response
        with its head, or with --input body those of a body.

        A file may hold several responses with their heads, as curl -iL and curl -i --retry
        write them. Each one is judged, in order; the exit status is that of the last one.
        events shows the events of each response, in order, each followed by its own end.

        replay - shows the verdict after message_stop, and ends with the input or one second
        after its last byte. SIGINT and SIGTERM end a live stream with the verdict so far;
        a second signal ends at once.

        options:
          --json            one JSON object a line
          --with-name       name the input in each verdict, as with more than one FILE
          --chunk-size N    feed N bytes at a time
          --chunk-seed S    feed 1 to 4096 bytes at a time, drawn from a generator with seed S
          --input FORMAT    what FILE is: auto (default), body or response
          -h, --help        this text
        options for a URL:
          --header LINE     add the header field 'Name: value', or those in the lines of @FILE
          --data DATA       send DATA, or the contents of @FILE, by POST; over TCP as it is
          --silence S       fail when no byte came for S seconds (default 60; 0: never)
          --no-content S    fail when nothing of the message came for S seconds (default 300)

        exit status: 0 complete; 10 api, 11 http, 12 notEventStream, 13 truncated,
        14 stalled, 15 malformedEvent, 16 protocolViolation, 17 limitExceeded, 18 transport,
        19 cancelled; 64 usage, 66 unreadable input, 74 standard output cannot be written;
        of several inputs, the first status that is not 0

        """
}
