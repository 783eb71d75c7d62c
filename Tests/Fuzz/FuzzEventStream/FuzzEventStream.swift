// A libFuzzer target: the parser and the reference give the same result for any stream, fed in any way.
//
// To run it, from the root of the package, with a toolchain that includes libFuzzer (Linux):
//
//     swift build -c release --sanitize fuzzer --product FuzzEventStream --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     for seed in Corpus/fuzz-seeds/eventstream/*; do          # a seed is a stream; an input starts with a header
//         { printf '\0\0\0\0'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzEventStream .build-fuzz/corpus Corpus/regressions/eventstream \
//         -dict=Corpus/fuzz-seeds/eventstream.dict -max_len=512 -max_total_time=60
//
// To detect reads out of bounds, add `-Xswiftc -sanitize=address,fuzzer` to the build. With a second `--sanitize`, the
// fuzzer would see no coverage. A failing input is written to `crash-…`. Reduce it with `-minimize_crash=1` and add it to
// `Corpus/regressions/eventstream`, which `swift test` replays.
//
// Without the sanitizer, the program does nothing.

import EventStreamVerifier

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = EventStreamFuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
