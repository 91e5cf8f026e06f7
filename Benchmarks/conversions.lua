-- A new conversion with every request: a new customer, one of the 20,000 clicks.
dofile(os.getenv("REPORT"))

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
