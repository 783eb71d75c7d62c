  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     001:56:16.950090 [0-0] *   Trying 127.0.0.1:35803...
01:56:16.950642 [0-0] * Connected to 127.0.0.1 (127.0.0.1) port 35803
01:56:16.950664 [0-0] * using HTTP/1.x
01:56:16.950728 [0-0] > GET /message HTTP/1.1
01:56:16.950728 [0-0] > Host: 127.0.0.1:35803
01:56:16.950728 [0-0] > User-Agent: curl/8.14.1
01:56:16.950728 [0-0] > Accept: */*
01:56:16.950728 [0-0] > 
01:56:16.950833 [0-0] * Request completely sent off
01:56:16.951139 [0-0] < HTTP/1.1 200 OK
01:56:16.951166 [0-0] < Content-Type: text/event-stream; charset=utf-8
01:56:16.951186 [0-0] < request-id: req_1
01:56:16.951206 [0-0] < Transfer-Encoding: chunked
01:56:16.951225 [0-0] < 
01:56:16.951245 [0-0] { [254 bytes data]
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

100   831    0   831    0     0   4099      0 --:--:-- --:--:-- --:--:--  4113
01:56:17.152599 [0-0] * Connection #0 to host 127.0.0.1 left intact
