// A libFuzzer target: the reader and the reference give the same result for any text.
//
// To run it, from the root of the package, with a toolchain that includes libFuzzer (Linux):
//
//     swift build -c release --sanitize fuzzer --product FuzzJSON --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzJSON .build-fuzz/corpus Corpus/fuzz-seeds/json \
//         Corpus/regressions/json -dict=Corpus/fuzz-seeds/json.dict -max_len=512 -runs=10000000
//
// To detect reads out of bounds, add `-Xswiftc -sanitize=address,fuzzer` to the build. With a second `--sanitize`, the
// fuzzer would see no coverage. A failing input is written to `crash-…`. Reduce it with `-minimize_crash=1` and add it to
// `Corpus/regressions/json`, which `swift test` replays.
//
// Without the sanitizer, the program does nothing.

import JSONVerifier

/// Checks one input, and traps with a description of the difference if there is one.
@c(LLVMFuzzerTestOneInput)
public func checkOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer passes `count` bytes at `start`, valid for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let mismatch = JSONVerifier.mismatch(input) { fatalError(mismatch) }
    return 0
}
