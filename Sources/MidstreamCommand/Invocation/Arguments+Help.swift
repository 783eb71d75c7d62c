extension Arguments {
    static let help = """
        Replays a captured Messages API stream and reports whether and why it failed.

        usage: midstream replay [options] FILE|URL...   print the message and verdict
               midstream events [options] FILE          print the server-sent events

        FILE is what curl writes, recognized by its first bytes; - is standard input:
          body       curl -N: the body
          response   curl -i, or a recording of the connection: heads and bodies
          trace      curl --trace, with or without --trace-time and --trace-ids;
                     replayed in the chunks that curl received. --trace-ascii works
                     too, but does not record every byte.
          curl -v, standard output and standard error in one file, is recognized
          as well. A compressed file is refused.
        URL is http://…, https://… or tcp://HOST:PORT. A TCP server must send a
        response with its head, or a body with --input body.

        A file may contain several responses, such as redirects, retries and the
        transfers of a trace. replay prints a verdict for each response, and the
        exit status is that of the last one. events prints the events and the end
        of each response.

        replay - prints the verdict after message_stop. It exits when the input
        ends, or one second after its last byte. SIGINT and SIGTERM end a live
        stream with the verdict so far. A second signal exits immediately.

        options:
          --json            print one JSON object per line
          --with-name       name the input in each verdict, as for several inputs
          --chunk-size N    feed N bytes at a time
          --chunk-seed S    feed 1 to 4096 bytes at a time, at random with seed S
          --input FORMAT    the format of FILE: auto (default), body, response or trace
          -h, --help        print this help
        options for a URL:
          --header LINE     add the header field 'Name: value', or each line of @FILE
          --data DATA       send DATA, or the contents of @FILE, with POST; over TCP,
                            send it as is
          --silence S       fail after S seconds without a byte (default 60; 0: never)
          --no-content S    fail after S seconds without message content (default 300)

        exit status: 0 complete; 10 api, 11 http, 12 notEventStream, 13 truncated,
        14 stalled, 15 malformedEvent, 16 protocolViolation, 17 limitExceeded,
        18 transport, 19 cancelled; 64 usage, 66 unreadable input, 74 standard
        output cannot be written; for several inputs, the first nonzero status

        """
}
