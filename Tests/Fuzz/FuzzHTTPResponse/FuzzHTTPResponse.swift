// A libFuzzer target: the parser and the reference give the same result for any response, split into any chunks.
//
// To run it, from the root of the package, with a toolchain that includes libFuzzer (Linux):
//
//     swift build -c release --sanitize fuzzer --product FuzzHTTPResponse --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     for seed in Corpus/fuzz-seeds/http/*; do          # a seed is a response; an input starts with a header
//         { printf '\0\0\0\0'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzHTTPResponse .build-fuzz/corpus Corpus/regressions/http \
//         -dict=Corpus/fuzz-seeds/http.dict -max_len=512 -max_total_time=60
//
// A failing input is written to `crash-…`. Reduce it with `-minimize_crash=1` and add it to `Corpus/regressions/http`,
// which `swift test` replays.
//
// Without the sanitizer, the program does nothing.

import HTTPResponseVerifier

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = HTTPResponseFuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
