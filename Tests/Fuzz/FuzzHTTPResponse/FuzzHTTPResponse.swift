// A libFuzzer target: whatever the response, and however it is cut, the parser finds what the reference finds.
//
// How to run it, on a toolchain whose runtime has libFuzzer (Linux), from the top of the package:
//
//     swift build -c release --sanitize fuzzer --product FuzzHTTPResponse --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     for seed in Corpus/fuzz-seeds/http/*; do          # a seed is a response; an input has a header before it
//         { printf '\0\0\0\0'; cat "$seed"; } > ".build-fuzz/corpus/$(basename "$seed")"
//     done
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzHTTPResponse .build-fuzz/corpus Corpus/regressions/http \
//         -dict=Corpus/fuzz-seeds/http.dict -max_len=512 -max_total_time=60
//
// An input that fails is written to `crash-…`; made smaller with `-minimize_crash=1`, it belongs into
// `Corpus/regressions/http`, which `swift test` replays.
//
// Built without the sanitizer, the program does nothing.

import ReferenceHTTPResponse

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = HTTPResponseFuzzInput(input).mismatch() { fatalError(mismatch) }
    return 0
}
