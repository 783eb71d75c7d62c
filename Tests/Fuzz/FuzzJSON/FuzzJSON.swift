// Feeds arbitrary bytes to the JSON reader and to the reference reader, and stops where they disagree.
//
//     swift build -c release --sanitize fuzzer --product FuzzJSON --scratch-path .build-fuzz
//     mkdir -p .build-fuzz/corpus
//     SWIFT_BACKTRACE=enable=no .build-fuzz/release/FuzzJSON .build-fuzz/corpus Corpus/fuzz-seeds/json \
//         Corpus/regressions/json -dict=Corpus/fuzz-seeds/json.dict -max_len=512 -runs=10000000
//
// `--sanitize address` may be added. What it finds is written to `crash-…`, belongs into `Corpus/regressions/json`, and is
// replayed by the tests from then on. Without the sanitizer the program does nothing.

import ReferenceJSON

@c(LLVMFuzzerTestOneInput)
public func fuzzJSON(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The fuzzer owns `count` bytes at `bytes` for the length of the call.
    let text = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    if let complaint = JSONComparison.complaint(about: text) {
        fatalError(complaint)
    }
    return 0
}
