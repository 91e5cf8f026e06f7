-- A new conversion with every request: a new customer, one of the 20,000 clicks.
local key, run, clicks = os.getenv("API_KEY"), os.getenv("RUN"), tonumber(os.getenv("CLICKS"))
local n = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. key

function request()
    n = n + 1
    local body = string.format(
        '{"id":"c-%s-%08d","event":"sale","amount":"%d.%02d","currency":"USD",' ..
            '"click":"k-%06d","customer":"u-%s-%08d"}',
        run, n, 10 + n % 90, n % 100, n * 7919 % clicks, run, n)
    return wrk.format(nil, nil, nil, body)
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f}\n',
        summary.requests, summary.duration / 1e6, e.status + e.connect + e.read + e.write + e.timeout,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
