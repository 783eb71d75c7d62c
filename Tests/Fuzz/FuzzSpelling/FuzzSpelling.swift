// A libFuzzer target: for any sequence of deltas, the decoder gives the same result with and without learned spellings.
//
// To run it, from the root of the package, with a toolchain that includes libFuzzer (Linux):
//
//     swift build -c release --sanitize fuzzer --product FuzzSpelling --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus-FuzzSpelling
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzSpelling .build-fuzz/corpus-FuzzSpelling \
//         Corpus/fuzz-seeds/spelling -max_len=128 -max_total_time=60 -timeout=5 -rss_limit_mb=512
//
// `SpellingFuzzInput` describes an input. Add a failing one to `Corpus/regressions/spelling`, which `swift test` replays.
//
// Without the sanitizer, the program does nothing.

import MessageStreamVerifier

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = SpellingFuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
