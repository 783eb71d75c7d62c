// Feeds arbitrary bytes to the decoder, as a response or as a body: the verdict must not depend on the chunks, what is cut
// off is complete only behind `message_stop`, and what was received early stays.
//
//     swift build -c release --sanitize fuzzer --product FuzzMessageStream --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus                              # a seed is a stream; an input has a header before it
//     for seed in Corpus/fuzz-seeds/messagestream/*; do
//         { printf '\1\3\177'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzMessageStream .build-fuzz/corpus \
//         Corpus/regressions/messagestream -dict=Corpus/fuzz-seeds/messagestream.dict -max_len=2048 -max_total_time=60 \
//         -timeout=5 -rss_limit_mb=512
//
// For the address sanitizer as well, add `-Xswiftc -sanitize=address,fuzzer`; with a second `--sanitize` the fuzzer would
// see no coverage. What it finds is written to `crash-…`, belongs into `Corpus/regressions/messagestream`, and is
// replayed by the tests from then on. Without the sanitizer the program does nothing.

import MessageStreamVerifier

@c(LLVMFuzzerTestOneInput)
public func fuzzMessageStream(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer owns `count` bytes at `bytes` for the length of the call.
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    if let complaint = ResponseFuzzInput(input).complaint() { fatalError(complaint) }
    return 0
}
