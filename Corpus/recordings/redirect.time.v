01:56:11.150759 *   Trying 127.0.0.1:35803...
01:56:11.150915 * Connected to 127.0.0.1 (127.0.0.1) port 35803 (#0)
01:56:11.150951 > GET /redirect HTTP/1.1
01:56:11.150951 > Host: 127.0.0.1:35803
01:56:11.150951 > User-Agent: curl/7.88.1
01:56:11.150951 > Accept: */*
01:56:11.150951 > 
01:56:11.160101 < HTTP/1.1 302 Found
01:56:11.160154 < Location: /message
01:56:11.160165 < Content-Length: 6
01:56:11.160176 < 
01:56:11.160187 * Ignoring the response-body
01:56:11.160200 { [6 bytes data]
01:56:11.160231 * Connection #0 to host 127.0.0.1 left intact
01:56:11.160304 * Issue another request to this URL: 'http://127.0.0.1:35803/message'
01:56:11.160338 * Found bundle for host: 0x55bb2875d570 [serially]
01:56:11.160351 * Can not multiplex, even if we wanted to
01:56:11.160369 * Re-using existing connection #0 with host 127.0.0.1
01:56:11.160438 > GET /message HTTP/1.1
01:56:11.160438 > Host: 127.0.0.1:35803
01:56:11.160438 > User-Agent: curl/7.88.1
01:56:11.160438 > Accept: */*
01:56:11.160438 > 
01:56:11.160859 < HTTP/1.1 200 OK
01:56:11.160874 < Content-Type: text/event-stream; charset=utf-8
01:56:11.160885 < request-id: req_1
01:56:11.160895 < Transfer-Encoding: chunked
01:56:11.160906 < 
01:56:11.160931 { [254 bytes data]
event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}

: keep-alive

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello. A dot, 3.14, \"..data: {\" and wörld…\nBye."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":12}}

event: message_stop
data: {"type":"message_stop"}

01:56:11.362188 * Connection #0 to host 127.0.0.1 left intact
