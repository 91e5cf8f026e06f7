-- A click with every request, by a visitor of its own, on each partner's link in turn.
dofile(os.getenv("REPORT"))

local partners = tonumber(os.getenv("PARTNERS"))
local n = 0

function request()
    n = n + 1
    return wrk.format("GET", string.format("/r/go-%03d?sub1=newsletter", n % partners))
end
