import StreamReplay
import TestScheduling
import Testing

/// The text form of faults.
@Suite(.takesTurns) struct FaultTextTests {
    @Test(arguments: [
        "cut:byte=10", "cut:after=5,clean=yes", "reset:after=0", "half-close:byte=1", "stall:at=head",
        "stall:after=3,for=0.25",
        "pings:after=2,count=7,every=1.5", "error:shape=51,type=overloaded_error,after=5",
        #"error:shape=1,type=a,message=b\,c\\,after=0,status=500,id=req_1,next=continue"#,
        "error:shape=25,type=api_error",
        "drop:event=3,count=2", "repeat:event=3,times=4", "reorder:event=3,by=2", "split:event=3,at=9,into=lines",
        "flip:byte=8", "flip:count=3,within=100", "content-type", "content-type:value=text/html; charset=x",
        "html:status=413", "gzip", "gzip:declared=no", "status:code=429,body=text,message=m,retry-after=7", "rechunk",
        "rechunk:size=5", "dribble:delay=0.01,size=3",
    ])
    func roundTrip(_ text: String) throws {
        let fault = try StreamFault(text)
        #expect(fault.description == text)
        #expect(try StreamFault(fault.description) == fault)
    }

    @Test(arguments: [
        ("cutt:byte=1", "there is no fault 'cutt'"), ("", "there is no fault ''"), ("cut", "add byte=N or after=N"),
        ("cut:byte=1,after=2", "exclude each other"), ("cut:5", "'5' has no value"), ("cut:byte=-1", "whole number"),
        ("cut:byte=1,byte=2", "given twice"), ("cut:byte=1,bite=2", "no key 'bite'"), ("cut:byte=1x", "not '1x'"),
        ("cut:byte=99999999999999999999", "whole number"), ("stall", "or at=head"), ("stall:at=tail", "must be head"),
        ("stall:after=1,for=soon", "a time"), ("drop", "add event=N"), ("drop:event=0", "of 1 or more"),
        ("error:shape=6", "variant of a stream that succeeds"), ("error:shape=25,after=1", "omit after"),
        ("error:next=stop", "one of end, cut, continue"), ("status", "add code=N"),
        ("status:code=99", "from 200 to 999"),
        ("status:code=500,body=xml", "one of json, html"), ("flip:count=9,within=3", "not be greater"),
        ("content-type:value=a\r\nb: c", "the value of a field"), ("gzip:declared=maybe", "yes or no"),
        ("rechunk:size=0", "of 1 or more"), ("repeat:event=1,times=5000", "from 1 to 1000"),
        ("status:code=429,retry-after=1\n", "the value of a field"), ("cut:", "add byte=N"), ("cut:,", "has no value"),
    ])
    func errors(_ text: String, _ words: String) {
        let error = #expect(throws: FaultSyntaxError.self) { try StreamFault(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
