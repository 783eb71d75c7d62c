*   Trying 127.0.0.1:35803...
* Connected to 127.0.0.1 (127.0.0.1) port 35803 (#0)
> HEAD /message HTTP/1.1
> Host: 127.0.0.1:35803
> User-Agent: curl/7.88.1
> Accept: */*
> 
< HTTP/1.1 200 OK
< Content-Type: text/event-stream
< 
* Connection #0 to host 127.0.0.1 left intact
HTTP/1.1 200 OK
Content-Type: text/event-stream

