// A libFuzzer target: for any bytes, the result of the decoder does not depend on the chunks, a stream that is cut off is
// complete only after `message_stop`, and the beginning of a stream keeps its meaning.
//
// To run it, from the root of the package, with a toolchain that includes libFuzzer (Linux):
//
//     swift build -c release --sanitize fuzzer --product FuzzMessageStream --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus                              # a seed is a stream; an input starts with a header
//     for seed in Corpus/fuzz-seeds/messagestream/*; do
//         { printf '\1\3\177'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzMessageStream .build-fuzz/corpus \
//         Corpus/regressions/messagestream -dict=Corpus/fuzz-seeds/messagestream.dict -max_len=2048 -max_total_time=60 \
//         -timeout=5 -rss_limit_mb=512
//
// To detect reads out of bounds, add `-Xswiftc -sanitize=address,fuzzer` to the build. With a second `--sanitize`, the
// fuzzer would see no coverage. A failing input is written to `crash-…`. Reduce it with `-minimize_crash=1` and add it to
// `Corpus/regressions/messagestream`, which `swift test` replays.
//
// Without the sanitizer, the program does nothing.

import MessageStreamVerifier

/// Checks one input, and traps with a description of the violated rule if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = MessageStreamFuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
