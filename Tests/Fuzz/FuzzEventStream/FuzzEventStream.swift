// A libFuzzer target: whatever the stream, and however it is fed, the parser finds what the reference finds.
//
// How to run it, on a toolchain whose runtime has libFuzzer (Linux), from the top of the package:
//
//     swift build -c release --sanitize fuzzer --product FuzzEventStream --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     for seed in Corpus/fuzz-seeds/eventstream/*; do          # a seed is a stream; an input has a header before it
//         { printf '\0\0\0\0'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzEventStream .build-fuzz/corpus Corpus/regressions/eventstream \
//         -dict=Corpus/fuzz-seeds/eventstream.dict -max_len=512 -max_total_time=60
//
// For reads out of bounds, add `-Xswiftc -sanitize=address,fuzzer` to the build; with a second `--sanitize` the fuzzer
// would see no coverage. An input that fails is written to `crash-…`; made smaller with `-minimize_crash=1`, it belongs
// into `Corpus/regressions/eventstream`, which `swift test` replays.
//
// Built without the sanitizer, the program does nothing.

import EventStreamVerifier

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = FuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
