import StreamReplay

extension ReplayCommand {
    private static let live = "options for a URL"

    static let declaration = CommandDeclaration(
        name: "replay",
        summary: "show the message as it streams, then the verdict",
        usage: ["[options] FILE|URL..."],
        details: """
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
            transfers of a trace. Each response has its own verdict, and the exit status
            is that of the last one. midstream events shows the events of a response
            instead.

            replay - prints the verdict after message_stop. It exits when the input
            ends, or one second after its last byte. SIGINT and SIGTERM end a live
            stream with the verdict so far. A second signal exits immediately.

            On a terminal, a line below the text shows what has arrived while nothing
            more does. The environment variable NO_COLOR turns colors off.
            """,
        options: [
            CommandOption("--json", help: "print one JSON object per line"),
            CommandOption(
                "--otel",
                help: "print one OpenTelemetry span (OTLP/JSON) per response instead of the text and the verdict"
            ),
            CommandOption("--with-name", help: "name the input in each verdict, as for several inputs"),
            CommandOption("-q", "--quiet", help: "print only the text, no verdict; the exit status is the same"),
            ColorChoice.declaration,
            ReplayPace.declaration,
        ] + ReadingOptions.declarations + [
            CommandOption(
                "--header",
                value: "LINE",
                help: "add the header field 'Name: value', or each line of @FILE",
                completion: .fileReference,
                section: live
            ),
            CommandOption(
                "--data",
                value: "DATA",
                help: "send DATA, or the contents of @FILE, with POST; over TCP, send it as is",
                completion: .fileReference,
                section: live
            ),
            CommandOption(
                "--silence",
                value: "S",
                help: "fail after S seconds without a byte (default 60; 0: never)",
                section: live
            ),
            CommandOption(
                "--no-content",
                value: "S",
                help: "fail after S seconds without message content (default 300)",
                section: live
            ),
        ],
        operands: .files,
        examples: [
            CommandExample("midstream replay broken.sse", "show the text of a capture, and why it failed"),
            CommandExample("curl -sNi … | midstream replay -", "follow a live stream"),
            CommandExample("midstream replay --pace recorded slow.trace", "watch a stream at its recorded pace"),
            CommandExample(
                "midstream replay --json *.trace | jq -c 'select(.verdict)'",
                "print only the verdicts, as JSON"
            ),
            CommandExample(
                "midstream replay --header @key.txt --data @request.json https://…/v1/messages",
                "send a request, and show the response"
            ),
        ]
    )
}
