*   Trying 127.0.0.1:35803...
* Connected to 127.0.0.1 (127.0.0.1) port 35803 (#0)
> GET /overloaded HTTP/1.1
> Host: 127.0.0.1:35803
> User-Agent: curl/7.88.1
> Accept: */*
> 
< HTTP/1.1 200 OK
< Content-Type: text/event-stream; charset=utf-8
< request-id: req_1
< Transfer-Encoding: chunked
< 
{ [240 bytes data]
event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

* Connection #0 to host 127.0.0.1 left intact
