import MessageStream
import StreamReplay

/// The options of the commands that apply faults.
struct FaultOptions {
    /// The faults, in order.
    private(set) var faults: [StreamFault] = []
    private(set) var seed: UInt64 = 0

    static let declarations = [
        CommandOption(
            "--fault",
            value: "FAULT",
            help: "apply a fault, such as cut:after=5; may be repeated; each applies to the previous result",
            completion: .words(StreamFault.kinds)
        ),
        CommandOption("--seed", value: "S", help: "the seed of random choices (default 0)"),
    ]

    /// The faults, for the help.
    static let details = """
        FAULT is a kind, and keys with values: KIND:KEY=VALUE,KEY=VALUE. Events are
        counted from 1, pings included, and bytes are those of the body. after=N means
        after event N, and byte=N after N bytes. TIME is 0.5 (seconds) or 500ms.
          cut:after=N|byte=N[,clean=yes]      the body ends; clean: without an error
          reset:…, half-close:…               the connection ends there otherwise
          stall:after=N|byte=N|at=head[,for=TIME]   silence, for a time or forever
          pings:after=N[,count=N][,every=TIME]      only pings from there on
          error:shape=N,after=N[,type=][,message=][,status=][,id=][,next=]
                                              an error in the shape that has this
                                              number in Corpus/faults (default 1);
                                              next=end, cut or continue
          drop:event=N[,count=N]              events are left out
          repeat:event=N[,times=N]            an event is sent again
          reorder:event=N[,by=N]              an event is sent after the next N
          split:event=N[,at=N][,into=events|lines|chunks]
          flip:byte=N, flip:count=N[,within=N]      bytes are changed
          content-type[:value=TYPE]           another content type, or none
          html[:status=N]                     an HTML page instead of the stream
          gzip[:declared=no]                  a compressed body
          status:code=N[,body=json|html|text|empty|keep][,type=][,message=]
                 [,retry-after=VALUE]
          rechunk[:size=N]                    other chunks, by default random ones
          dribble[:delay=TIME][,size=N]       a pause before each chunk
        A backslash before a comma makes it part of a value.
        """

    /// Reads the value of an option.
    ///
    /// - Returns: Whether it is one of these options.
    mutating func receive(_ option: OptionUse) throws(UsageError) -> Bool {
        switch option.name {
        case "--fault":
            do throws(FaultSyntaxError) {
                faults.append(try StreamFault(option.text))
            } catch {
                let kind = option.text.prefix { $0 != ":" }
                let isKnown = StreamFault.kinds.contains { $0.utf8.elementsEqual(kind.utf8) }
                let suggestion = isKnown ? "" : NearestWord.suggestion(for: kind, among: StreamFault.kinds)
                throw UsageError(message: "--fault: \(Excerpt.shorten(error.description, to: 400))\(suggestion)")
            }
        case "--seed":
            guard let seed = UInt64(option.text) else {
                throw UsageError(message: "--seed must be a nonnegative integer, not '\(Excerpt.shorten(option.text))'")
            }
            self.seed = seed
        default: return false
        }
        return true
    }
}
